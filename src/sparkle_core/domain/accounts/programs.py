"""What people sign in with, as far as it says so itself. Source: docs/contexts/accounts.md."""

from enum import Enum

from attrs import frozen

from sparkle_core.domain.kernel.fields import Record


class DeviceKind(Enum):
    """What kind of device a program seems to run on."""

    DESKTOP = "desktop"
    PHONE = "phone"
    TABLET = "tablet"
    BOT = "bot"
    UNKNOWN = "unknown"


@frozen(kw_only=True)
class Program(Record):
    """A browser or another client, by its own word: nobody checks it, so nothing may be decided by it alone.

    `version`: its major version. What it does not say, or what is not known, is None.
    """

    name: str | None = None
    version: str | None = None
    system: str | None = None
    device: DeviceKind = DeviceKind.UNKNOWN

    @property
    def label(self) -> str:
        """What people call it.

        >>> Program(name="Firefox", version="145", system="Linux").label
        'Firefox on Linux'
        """
        return " on ".join(filter(None, (self.name, self.system))) or "an unknown program"


_DESKTOPS = frozenset({"Windows", "macOS", "Linux", "Ubuntu", "Fedora", "Debian", "Chrome OS", "FreeBSD", "OpenBSD"})


def device_kind(user_agent: str, system: str | None, *, bot: bool = False) -> DeviceKind:
    """What kind of device it is, by the text and the system found in it.

    A tablet with Android says no `Mobile`; an iPad that asks for the desktop's pages is taken for a Mac.
    """
    if bot:
        return DeviceKind.BOT
    if system in ("iOS", "Android"):
        tablet = "iPad" in user_agent if system == "iOS" else "Mobile" not in user_agent
        return DeviceKind.TABLET if tablet else DeviceKind.PHONE
    return DeviceKind.DESKTOP if system in _DESKTOPS else DeviceKind.UNKNOWN

"""Letters to people. The core says what kind and with which facts; wording lives at the edge."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Protocol

from attrs import define, field, frozen

from sparkle_core.domain.kernel.errors import Conflict, Fault
from sparkle_core.domain.kernel.fields import Record, Text

KINDS: Mapping[str, frozenset[str]] = {
    "verify_email": frozenset({"username", "code"}),
    "address_in_use": frozenset({"username"}),
    "reset_password": frozenset({"username", "token"}),
    "password_changed": frozenset({"username"}),
    "two_factor_on": frozenset({"username"}),
    "two_factor_off": frozenset({"username"}),
    "backup_code_used": frozenset({"username", "left"}),
    "few_backup_codes": frozenset({"username", "left"}),
    "provider_linked": frozenset({"username", "provider"}),
    "provider_unlinked": frozenset({"username", "provider"}),
    "security_alert": frozenset({"username"}),
    "passkey_added": frozenset({"username"}),
    "passkey_removed": frozenset({"username"}),
    "confirm_email": frozenset({"username", "code"}),
    "email_changed": frozenset({"username"}),
    "guardian_consent": frozenset({"username", "token"}),
    "guardian_consented": frozenset({"username", "token"}),
    "guardian_withdrew": frozenset({"username"}),
    "leaving": frozenset({"username", "day"}),
    "stays": frozenset({"username"}),
    "export_ready": frozenset({"username", "export", "hours"}),
}
"""Every kind of letter, and the facts that its words are made with."""


@frozen(kw_only=True)
class Letter(Record):
    """One message: to whom, of which of the `KINDS`, with which facts in it.

    `key`: the same whenever the same letter is handed over again, so that who gets it twice can tell;
    empty for a letter by itself.
    """

    to: Annotated[str, Text(3, 255)]
    kind: Annotated[str, Text(1, 50)]
    data: dict[str, str] = field(factory=dict, repr=False)
    key: Annotated[str, Text(0, 200)] = ""

    def _rules(self) -> list[Fault]:
        if self.kind not in KINDS:
            return [Fault("kind", f"must be one of {', '.join(KINDS)}")]
        if missing := KINDS[self.kind] - self.data.keys():
            return [Fault("data", f"must say {', '.join(sorted(missing))}")]
        return []

    @property
    def code(self) -> str:
        """The code in it; KeyError for a letter that has none."""
        return self.data["code"]


@define(eq=False, slots=False)
class Undeliverable(Conflict):
    """The letter can never be delivered: nobody is there, or what is there refuses it for good."""

    code: ClassVar[str] = "undeliverable"
    why: str

    def message(self) -> str:
        return f"The letter cannot be delivered: {self.why}."


class Mailer(Protocol):
    async def send(self, letter: Letter) -> None:
        """Hand it over, once it is safely kept.

        Raises `Unavailable` when that cannot be done now, and `Undeliverable` when it never can.
        """
        ...

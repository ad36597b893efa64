"""Letters to people. The core says what kind and with which data; wording lives at the edge."""

from typing import Annotated, Protocol

from attrs import field, frozen

from sparkle_core.domain.kernel.fields import Record, Text


@frozen(kw_only=True)
class Letter(Record):
    """One message: to whom, of which kind (`verify_email`, `address_in_use` …), with what in it."""

    to: Annotated[str, Text(3, 255)]
    kind: Annotated[str, Text(1, 50)]
    data: dict[str, str] = field(factory=dict, repr=False)

    @property
    def code(self) -> str:
        """The code in it; KeyError for a letter that has none."""
        return self.data["code"]


class Mailer(Protocol):
    async def send(self, letter: Letter) -> None:
        """Hand it over, once it is safely kept. Raises `Unavailable`."""
        ...

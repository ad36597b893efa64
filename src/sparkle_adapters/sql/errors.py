"""What SQL stores refuse besides what every store refuses."""

from typing import ClassVar

from attrs import define

from sparkle_core.domain.kernel.errors import Conflict, Unavailable


@define(eq=False, slots=False)
class OutcomeUnknown(Unavailable):
    """The database went away during the commit: it may or may not have taken effect; ask again with the same key."""

    code: ClassVar[str] = "outcome_unknown"
    what: str = "database"

    def message(self) -> str:
        return "The database went away while this was committed, so it may or may not have taken effect."


@define(eq=False, slots=False)
class SchemaBehind(Unavailable):
    """The database is not at the schema of this version: run `sparkle migrate up`."""

    code: ClassVar[str] = "schema_behind"
    what: str = "database"
    found: str | None = None
    wanted: str | None = None
    newer: bool = False

    def message(self) -> str:
        if self.newer:
            return f"The database is at schema {self.found}, which this version does not know: run the newer one."
        return (
            f"The database is at schema {self.found or 'none'}, this version needs {self.wanted}: "
            "run `sparkle migrate up`."
        )


@define(eq=False, slots=False)
class StillUnsealed(Conflict):
    """Transfers wait to be sealed, and an older schema has no place for them."""

    code: ClassVar[str] = "still_unsealed"

    def message(self) -> str:
        return "Transfers wait to be sealed: run `sparkle worker` until none does, then try again."

"""Refusals, each with a category, a stable code and its facts as fields.

Delivery maps the category once (HTTP status, exit code); nothing here knows of either.
"""

from collections.abc import Iterable
from enum import Enum
from typing import Any, ClassVar, Self
from uuid import UUID

from attrs import asdict, define, frozen


class Category(Enum):
    """What kind of refusal it is, and so what the caller can do about it."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    LIMITED = "limited"
    UNAVAILABLE = "unavailable"


class SparkleError(Exception):
    """Base of every refusal. `code` is stable and public; `facts()` are its fields."""

    category: ClassVar[Category]
    code: ClassVar[str]

    def facts(self) -> dict[str, Any]:
        """The error's fields, as plain values."""
        return asdict(self) if hasattr(type(self), "__attrs_attrs__") else {}  # type: ignore[arg-type]

    def message(self) -> str:
        """One sentence for a person."""
        return (type(self).__doc__ or self.code).strip().splitlines()[0]

    def __str__(self) -> str:
        return self.message()


@frozen
class Fault:
    """One thing wrong with one field: `path` is dotted, `$` the whole value."""

    path: str
    message: str


@define(eq=False, slots=False)
class Invalid(SparkleError):
    """The input breaks a rule; every faulty field is named."""

    category: ClassVar[Category] = Category.INVALID
    code: ClassVar[str] = "invalid"
    faults: tuple[Fault, ...]

    @classmethod
    def at(cls, path: str, message: str) -> Self:
        """One fault at one place."""
        return cls(faults=(Fault(path, message),))

    @classmethod
    def all_of(cls, faults: Iterable[Fault]) -> Self:
        return cls(faults=tuple(faults))

    def message(self) -> str:
        return "; ".join(f"{f.path}: {f.message}" for f in self.faults)


@define(eq=False, slots=False)
class Unauthenticated(SparkleError):
    """Sign in first."""

    category: ClassVar[Category] = Category.UNAUTHENTICATED
    code: ClassVar[str] = "unauthenticated"


@define(eq=False, slots=False)
class SessionLapsed(Unauthenticated):
    """The session was remembered, and one of this person's has ended since: look it up before going on."""

    code: ClassVar[str] = "session_lapsed"


@define(eq=False, slots=False)
class Forbidden(SparkleError):
    """You may not do this."""

    category: ClassVar[Category] = Category.FORBIDDEN
    code: ClassVar[str] = "forbidden"


@define(eq=False, slots=False)
class GuardianConsentRequired(Forbidden):
    """You may do this once your guardian has agreed that you are here."""

    code: ClassVar[str] = "guardian_consent_required"


@define(eq=False, slots=False)
class TooYoung(Forbidden):
    """You may do this when you are old enough."""

    code: ClassVar[str] = "too_young"


@define(eq=False, slots=False)
class NotFound(SparkleError):
    """There is nothing here that you can see."""

    category: ClassVar[Category] = Category.NOT_FOUND
    code: ClassVar[str] = "not_found"
    what: str

    def message(self) -> str:
        return f"There is no {self.what} here that you can see."


@define(eq=False, slots=False)
class Conflict(SparkleError):
    """It clashes with how things stand now."""

    category: ClassVar[Category] = Category.CONFLICT
    code: ClassVar[str] = "conflict"


@define(eq=False, slots=False)
class Limited(SparkleError):
    """Too many, or too soon: try again after `retry_after_s` seconds, where waiting helps; `most` are allowed."""

    category: ClassVar[Category] = Category.LIMITED
    code: ClassVar[str] = "limited"
    limit: str
    retry_after_s: int | None
    most: int | None = None

    def message(self) -> str:
        when = f"; try again in {self.retry_after_s} seconds" if self.retry_after_s is not None else ""
        return f"The limit '{self.limit}' is used up{when}."


@define(eq=False, slots=False)
class Unavailable(SparkleError):
    """Something this needs is not answering; nothing was lost, try again later."""

    category: ClassVar[Category] = Category.UNAVAILABLE
    code: ClassVar[str] = "unavailable"
    what: str

    def message(self) -> str:
        return f"{self.what} is not available right now; nothing was changed."


@define(eq=False, slots=False)
class CannotOpen(SparkleError):
    """What is kept encrypted at one place does not open; `reason` is malformed, key_missing or altered."""

    category: ClassVar[Category] = Category.UNAVAILABLE
    code: ClassVar[str] = "cannot_open"
    table: str
    column: str
    row: UUID
    reason: str

    def message(self) -> str:
        return f"What is kept encrypted in {self.table}.{self.column} of {self.row} does not open: {self.reason}."


@define(eq=False, slots=False)
class KeyInUse(Conflict):
    """So many rows still need the key; re-encrypt them first, or wait until people sign in again."""

    code: ClassVar[str] = "key_in_use"
    key: str
    rows: int

    def message(self) -> str:
        return f"The key {self.key} cannot be retired: {self.rows:,} rows still need it."


@define(eq=False, slots=False)
class Taken(Conflict):
    """Somebody has it already."""

    code: ClassVar[str] = "taken"
    field: str

    def message(self) -> str:
        return f"This {self.field.replace('_', ' ')} is taken."


@define(eq=False, slots=False)
class Stale(Conflict):
    """Somebody changed it in between; the dispatcher starts again."""

    code: ClassVar[str] = "stale"
    what: str


@define(eq=False, slots=False)
class VersionMismatch(Conflict):
    """You named version `expected`, it is `actual` by now: read it again. Never retried."""

    code: ClassVar[str] = "version_mismatch"
    expected: int
    actual: int

    def message(self) -> str:
        return f"You changed version {self.expected}, but it is at version {self.actual} by now."


@define(eq=False, slots=False)
class IdempotencyConflict(Conflict):
    """This key was used for something else."""

    code: ClassVar[str] = "idempotency_conflict"
    key: str

    def message(self) -> str:
        return f"The key {self.key!r} was already used with other content."


@define(eq=False, slots=False)
class StepUpRequired(Forbidden):
    """Prove who you are again first; the last proof is older than `max_age_s` seconds."""

    code: ClassVar[str] = "step_up_required"
    max_age_s: int


@define(eq=False, slots=False)
class NotWhile(Forbidden):
    """Your account's status does not allow this."""

    code: ClassVar[str] = "not_while"
    account_status: str
    until: str | None = None

    def message(self) -> str:
        tail = f" until {self.until}" if self.until else ""
        return f"Your account is {self.account_status}{tail}; this needs another status."


@define(eq=False, slots=False)
class Leaving(Forbidden):
    """You have asked for your account to be deleted; take that back first."""

    code: ClassVar[str] = "leaving"
    erased_from: str

    def message(self) -> str:
        return f"Your account is erased from {self.erased_from} on, as you asked; take that back to do this."

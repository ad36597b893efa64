"""The audit log: who did what on whom, chained so that nobody changes it unseen. Source: docs/security.md.

An entry says nothing that could have to be erased: it holds ids, and a salted hash, its commitment, for each value
that can name or describe somebody. The values are rows of their own, each with its salt: whoever erases both leaves an
entry of which nobody can guess what it said, and which is still the one that was written. The links are over entries.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from hashlib import sha256
from typing import Annotated, Any
from uuid import UUID

from attrs import evolve, field, frozen, mutable

from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.digests import KeyedDigest, canonical, digest, instant_text
from sparkle_core.domain.kernel.fields import Instant, Record, Text, UserId, Whole
from sparkle_core.domain.kernel.stored import ERASED, NOT_PERSONAL, OPENS, Kind, Log, retained

Digest = Annotated[str, Text(64, 64)]
Mac = Annotated[str, Text(0, 64)]
HEAD_ID = UUID(int=1)
"""The one row that says where the chain ends."""


class Part(Enum):
    """What an entry commits to: the command's fields, what it changed from and to, the caller's address."""

    CONTENT = "content"
    BEFORE = "before"
    AFTER = "after"
    ADDRESS = "address"


@frozen(kw_only=True)
class AuditEntry(Record):
    """Who did what, on whom, when and in which request; `outcome` is "done", or the code of a refusal that stayed.

    `actor`: `user:ID`, `operator:NAME` (who works on the machine itself), `system` or `anonymous`. The hashes are
    commitments to the values.
    """

    id: UUID
    actor: Annotated[str, Text(1, 64)]
    command: Annotated[str, Text(1, 100)]
    subject: UUID | None
    outcome: Annotated[str, Text(1, 100)]
    request_id: UUID | None
    at: Instant
    content_hash: Digest | None = None
    before_hash: Digest | None = None
    after_hash: Digest | None = None
    address_hash: Digest | None = None

    @property
    def commitments(self) -> dict[Part, str | None]:
        return {part: getattr(self, f"{part.value}_hash") for part in Part}

    @property
    def digest(self) -> str:
        """Over all that the entry says."""
        told = (self.actor, self.command, _hex(self.subject), self.outcome, _hex(self.request_id))
        return digest((self.id.hex, *told, instant_text(self.at), *self.commitments.values()))


@frozen(kw_only=True)
class AuditValue(Record):
    """What an entry commits to, with its salt; `person` is whom it says something about, who may have it erased."""

    id: UUID
    entry_id: UUID
    part: Part
    person: UserId | None
    value: Annotated[str, Text(0, 100_000, lines=True)]
    salt: Annotated[str, Text(22, 64)]
    at: Instant

    @property
    def commitment(self) -> str:
        """The salted hash. The salt has 128 bits or more, so that no value can be guessed once it is gone."""
        told = (self.salt, self.id.hex, self.entry_id.hex, self.part.value, _hex(self.person), self.value)
        return sha256(canonical((*told, instant_text(self.at)))).hexdigest()


@frozen(kw_only=True)
class AuditWaiting(Record):
    """An entry (of the same id) that is not in the chain yet, and its digest as it was written."""

    id: UUID
    digest: Digest


@frozen(kw_only=True)
class AuditLink(Record):
    """An entry's (of the same id) place in the chain; `mac` is the keyed hash of everything else it says."""

    id: UUID
    number: Annotated[int, Whole(1)]
    digest: Digest
    previous: Mac
    mac: Mac = ""

    @property
    def says(self) -> bytes:
        return canonical(("audit link", self.number, self.id.hex, self.digest, self.previous))


@frozen(kw_only=True)
class AuditHead(Aggregate):
    """Where the chain ends: how many links it has, and the last one's `mac`."""

    links: Annotated[int, Whole(0)] = 0
    mac: Mac = ""

    def link(self, entry: UUID, digest: str, key: KeyedDigest) -> AuditLink:
        """The next link."""
        link = AuditLink(id=entry, number=self.links + 1, digest=digest, previous=self.mac)
        return evolve(link, mac=key(link.says).hex())

    def at(self, link: AuditLink) -> "AuditHead":
        """The head, once a link is the last one."""
        return evolve(self, links=link.number, mac=link.mac)


AUDIT = Log(
    AuditEntry,
    "audit",
    indexes=(("actor",), ("subject",), ("command",), ("at",)),
    personal={
        "actor": retained("an id, or the name of an operator, who answers for what they did"),
        **dict.fromkeys(("command", "outcome"), NOT_PERSONAL),
        **dict.fromkeys(
            ("content_hash", "before_hash", "after_hash", "address_hash"),
            retained("a salted hash: says nothing once value and salt are erased"),
        ),
    },
    fixed=("UPDATE", "DELETE"),
)
AUDIT_VALUES = Log(
    AuditValue,
    "audit_value",
    unique=(("entry_id", "part"),),
    indexes=(("person",), ("at",)),
    personal={"value": ERASED, "salt": OPENS},
    fixed=("UPDATE",),
)
AUDIT_WAITING = Log(AuditWaiting, "audit_waiting", personal={"digest": NOT_PERSONAL})
AUDIT_LINKS = Log(
    AuditLink,
    "audit_link",
    unique=(("number",),),
    personal=dict.fromkeys(("digest", "previous", "mac"), NOT_PERSONAL),
    fixed=("UPDATE", "DELETE"),
)
AUDIT_HEADS = Kind(AuditHead, "audit_head", personal={"mac": NOT_PERSONAL})

STORED = (AUDIT, AUDIT_VALUES, AUDIT_WAITING, AUDIT_LINKS, AUDIT_HEADS)


@frozen(kw_only=True)
class AuditFault(Record):
    """A row that is not as it was written: its table, which one (an entry by its id, a link by its number), why."""

    table: str
    id: str
    what: str


@frozen(kw_only=True)
class AuditVerification(Record):
    """What was found: whether all holds, how much is chained and waits, how many values were erased since.

    `head` and `mac`, noted elsewhere, show later that nobody cut the chain's end off.
    """

    holds: bool
    links: int
    waiting: int
    erased: int
    head: int
    mac: str
    faults: tuple[AuditFault, ...]


@mutable
class Verifying:
    """Holds rows against the chain that was made with a key, page by page."""

    key: KeyedDigest
    faults: list[AuditFault] = field(factory=list)
    links: int = 0
    waiting: int = 0
    erased: int = 0
    last: AuditLink | None = None
    _known: dict[int, str] = field(factory=dict)

    def expects(self, number: int, mac: str) -> None:
        """The chain goes through this link: what somebody noted."""
        self._known[number] = mac

    def linked(self, link: AuditLink) -> None:
        """The next link by number."""
        expected = self.last.number + 1 if self.last else 1
        for number in range(expected, link.number)[:100]:
            self._fault(AUDIT_LINKS.name, number, "is gone")
        if self.key(link.says).hex() != link.mac:
            self._fault(AUDIT_LINKS.name, link.number, f"of entry {link.id} is not as it was made")
        elif link.number == expected and link.previous != (self.last.mac if self.last else ""):
            self._fault(AUDIT_LINKS.name, link.number, f"of entry {link.id} does not follow the one before it")
        if self._known.pop(link.number, link.mac) != link.mac:
            self._fault(AUDIT_LINKS.name, link.number, "is not the one that was noted")
        self.links += 1
        self.last = link

    def ends(self, head: AuditHead | None) -> None:
        """No link comes after the last one."""
        links, mac = (self.last.number, self.last.mac) if self.last else (0, "")
        told = (head.links, head.mac) if head else (0, "")
        if told != (links, mac):
            what = f"says that the chain ends at link {told[0]}; it ends at {links}"
            self._fault(AUDIT_HEADS.name, HEAD_ID, what)
        for number in self._known:
            self._fault(AUDIT_LINKS.name, number, "was noted, and is gone")

    def entry(self, entry: AuditEntry, chained: str | None, posted: str | None, values: Sequence[AuditValue]) -> None:
        """An entry, with what its link and its place in the queue say of it, and its values."""
        if chained is None and posted is None:
            self._fault(AUDIT.name, entry.id, "is neither in the chain nor on its way there")
        elif chained is not None and posted is not None:
            self._fault(AUDIT_WAITING.name, entry.id, "is in the chain already")
        elif entry.digest not in (chained, posted):
            self._fault(AUDIT.name, entry.id, "is not as it was written")
        self.waiting += chained is None and posted is not None
        there = {value.part: value for value in values}
        for part, commitment in entry.commitments.items():
            value = there.get(part)
            if value is None:
                self.erased += commitment is not None
            elif value.commitment != commitment:
                self._fault(AUDIT_VALUES.name, entry.id, f"has another {part.value} than was written")

    def gone(self, ids: Iterable[UUID]) -> None:
        """Links or places in the queue whose entries are not there."""
        for id in ids:
            self._fault(AUDIT.name, id, "is gone")

    def stray(self, values: Iterable[AuditValue]) -> None:
        """Values whose entries are not there."""
        for value in values:
            self._fault(AUDIT_VALUES.name, value.entry_id, f"has a {value.part.value}, and there is no such entry")

    def unreadable(self, table: str, id: object) -> None:
        self._fault(table, id, "cannot be read as anything that was written")

    def _fault(self, table: str, id: object, what: str) -> None:
        self.faults.append(AuditFault(table=table, id=str(id), what=what))

    def found(self) -> AuditVerification:
        return AuditVerification(
            holds=not self.faults,
            links=self.links,
            waiting=self.waiting,
            erased=self.erased,
            head=self.last.number if self.last else 0,
            mac=self.last.mac if self.last else "",
            faults=tuple(self.faults),
        )


@frozen
class Written:
    """An entry to be appended with its values and its place in the queue."""

    entry: AuditEntry
    values: tuple[AuditValue, ...]

    @property
    def waiting(self) -> AuditWaiting:
        return AuditWaiting(id=self.entry.id, digest=self.entry.digest)

    @classmethod
    def of(cls, entry: AuditEntry, values: Iterable[AuditValue]) -> "Written":
        """The entry, committed to these values."""
        held = tuple(values)
        hashes: Any = {f"{value.part.value}_hash": value.commitment for value in held}
        return cls(evolve(entry, **hashes), held)


def told(parts: Mapping[Part, tuple[str | None, UserId | None]]) -> Iterator[tuple[Part, str, UserId | None]]:
    """Those parts that there is something to say of."""
    for part, (value, person) in parts.items():
        if value is not None:
            yield part, value, person


def _hex(id: UUID | None) -> str | None:
    return None if id is None else id.hex

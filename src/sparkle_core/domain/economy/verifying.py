"""Verifying the hash chain: which rows are not what they were when they were sealed.

Each row is read as it is, whatever somebody made of it. A link is checked by itself first, so that a
changed one is named alone and not with all that follow it; what an intact link says of a transfer and
its entries is then held against their rows. What the chain does not cover yet rests on the proof, and
on the digests taken when transfers were posted. Source: docs/contexts/economy.md.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from hmac import compare_digest

from attrs import field, frozen, mutable

from sparkle_core.domain.economy.chain import Head, Link, Seal, entry_parts, id_text
from sparkle_core.domain.economy.holds import Hold
from sparkle_core.domain.economy.ledger import (
    HOT,
    PLATFORM,
    Account,
    Currency,
    Entry,
    Proof,
    Purpose,
    Transfer,
    TransferId,
    account_id,
)
from sparkle_core.domain.economy.proving import proof_of
from sparkle_core.domain.economy.sealing import EntryRow, Waiting
from sparkle_core.domain.kernel.digests import KeyedDigest, Parts, digest

ACCOUNT, TRANSFER, ENTRY = "ledger_account", "ledger_transfer", "ledger_entry"
UNSEALED, LINK, SEAL = "ledger_unsealed", "ledger_link", "ledger_seal"


@frozen
class RowFault:
    """A row that is not what it was: its table, its id there, and what is wrong."""

    table: str
    id: str
    what: str


@frozen
class Verification:
    """What verifying found: how much there is, where the chain ends, the proof's answer, and every faulty row.

    `head` is the number of the last link, `mac` its keyed hash: noted elsewhere, they tell a ledger that
    was set back to an earlier day.
    """

    seals: int
    links: int
    waiting: int
    head: int
    mac: str
    proof: Proof
    faults: tuple[RowFault, ...]

    @property
    def holds(self) -> bool:
        """No row has changed since it was sealed, and the proof holds."""
        return not self.faults and self.proof.holds


@frozen
class LinkedRows:
    """A link, and the rows that it is about, as they are; None for a transfer that is not there."""

    link: Link
    transfer: Parts | None
    entries: Sequence[EntryRow]


@frozen
class AccountRow:
    """What an account's row says that nothing ever changes: the id follows from the rest."""

    id: str
    owner: str
    currency: str
    purpose: str
    overdraft: bool
    hot: bool

    @property
    def is_itself(self) -> bool:
        """Whether id, owner, currency, purpose, overdraft and hot belong together."""
        try:
            currency, purpose = Currency(self.currency), Purpose(self.purpose)
        except ValueError:
            return False
        the_platforms = self.owner == PLATFORM
        return (self.id, bool(self.overdraft), bool(self.hot)) == (
            account_id(self.owner, currency, purpose).hex,
            the_platforms or purpose is Purpose.RECEIVABLE,
            the_platforms and purpose in HOT,
        )


@mutable
class Verifying:
    """A verification in progress: links come in by number, then seals by number, and all the rest; faults are
    gathered. `known` is a head that was noted elsewhere.
    """

    key: KeyedDigest
    known: Head | None = None
    faults: list[RowFault] = field(factory=list)
    links: int = 0
    seals: int = 0
    waiting: int = 0
    last: Link | None = None
    _sealed: Seal | None = None
    _broken: set[tuple[str, int]] = field(factory=set)

    def linked(self, rows: Iterable[LinkedRows]) -> None:
        """The next links, with what they are about."""
        for row in rows:
            self.links += 1
            if self._made(LINK, row.link):
                self._follows(row.link)
                self._transfer(row)
                self._entries(row)
                self.last = row.link

    def sealed(self, rows: Iterable[tuple[Seal, str | None]]) -> None:
        """The next seals, each with the `mac` of the link at its head: None when there is no such link."""
        for seal, mac in rows:
            self.seals += 1
            if self._made(SEAL, seal):
                self._covers(seal)
                if mac is not None and mac != seal.head_mac and (LINK, seal.head) not in self._broken:
                    self._fault(LINK, seal.head, "it is not the one that was sealed")
                self._sealed = seal

    def ends(self) -> None:
        """There are no more links and no more seals."""
        head, sealed = (self.last.number if self.last else 0), (self._sealed.head if self._sealed else 0)
        self._missing(LINK, head, sealed + 1)
        after = (self._sealed.number if self._sealed else 0) + 1
        if head > sealed and not any(table == SEAL and number >= after for table, number in self._broken):
            self._fault(SEAL, after, f"it is missing: nothing seals link {_run(sealed + 1, head)}")
        if self.known is not None and head < self.known.links:
            self._fault(LINK, self.known.links, "it is missing: the chain ends before the head that was noted")

    def waits(self, rows: Iterable[tuple[TransferId, Waiting]]) -> None:
        """Transfers in the queue."""
        for id, row in rows:
            self.waiting += 1
            if row.transfer is None:
                self._fault(TRANSFER, _name(id), "it is missing: it was posted and waits to be sealed")
            elif not row.is_as_posted:
                self._fault(TRANSFER, _name(id), "it is not what was posted, by its digest in the queue")
            else:
                for entry in row.misfits:
                    self._entry(entry, "it is not a side of its transfer")

    def strays(self, unlinked: Iterable[TransferId], twice: Iterable[TransferId], orphans: Iterable[EntryRow]) -> None:
        """Transfers that are neither linked nor in the queue, or both; entries of which there is neither transfer
        nor link.
        """
        for id in unlinked:
            self._fault(TRANSFER, _name(id), "it is neither sealed nor waits to be")
        for id in twice:
            self._fault(UNSEALED, _name(id), "it waits to be sealed, and is sealed")
        for entry in orphans:
            self._entry(entry, "there is no transfer it could be of")

    def accounts(self, rows: Iterable[AccountRow]) -> None:
        for row in rows:
            if not row.is_itself:
                self._fault(
                    ACCOUNT, id_text(row.id), "its id, owner, currency, purpose and limit do not belong together"
                )

    def found(self, proof: Proof) -> Verification:
        head = self.last
        return Verification(
            self.seals,
            self.links,
            self.waiting,
            head.number if head else 0,
            head.mac if head else "",
            proof,
            tuple(self.faults),
        )

    def _made(self, table: str, row: Link | Seal) -> bool:
        """Whether a link or seal was made with the key, and says what it said then."""
        made = compare_digest(self.key(row.says()).hex().encode(), str(row.mac).encode())
        if not made:
            self._broken.add((table, row.number))
            self._fault(table, row.number, "it is not what was written when it was sealed")
        return made

    def _missing(self, table: str, last: int, number: int) -> bool:
        """Name what is missing after `last` and before `number`; whether anything there is missing or broken."""
        gone = [n for n in range(last + 1, number) if (table, n) not in self._broken]
        if gone:
            self._fault(table, _run(gone[0], gone[-1]), "it is missing")
        return number > last + 1

    def _follows(self, link: Link) -> None:
        number, mac = (self.last.number, self.last.mac) if self.last else (0, "")
        if not self._missing(LINK, number, link.number) and link.previous != mac:
            self._fault(LINK, link.number, "it does not follow from the one before")
        if self.known is not None and self.known.links == link.number and self.known.mac != link.mac:
            self._fault(LINK, link.number, "it is not the head that was noted")

    def _covers(self, seal: Seal) -> None:
        number, head = (self._sealed.number, self._sealed.head) if self._sealed else (0, 0)
        if not self._missing(SEAL, number, seal.number) and seal.first > head + 1:
            self._fault(
                SEAL, seal.number, f"one before it is missing: nothing seals link {_run(head + 1, seal.first - 1)}"
            )

    def _transfer(self, row: LinkedRows) -> None:
        if row.transfer is None:
            self._fault(TRANSFER, _name(row.link.transfer), f"it is missing: it was sealed as {row.link.number}")
        elif digest(row.transfer) != row.link.transfer_digest:
            self._fault(TRANSFER, _name(row.link.transfer), f"it is not what was sealed as {row.link.number}")

    def _entries(self, row: LinkedRows) -> None:
        """Hold a sealed transfer's entries against the digests in its link."""
        link, others = row.link, list(row.entries)
        gone: list[str] = []
        accounts = row.transfer[2:4] if row.transfer is not None else ("?", "?")
        sides = ((link.debit_digest, link.debit_sequence), (link.credit_digest, link.credit_sequence))
        for (sealed, sequence), account in zip(sides, accounts, strict=True):
            same = next((e for e in others if digest(e.parts) == sealed), None)
            if same is None:
                gone.append(f"{id_text(str(account))} {sequence}")
            else:
                others.remove(same)
        for entry in others:
            name = f"{id_text(entry.account)} {entry.sequence}"
            if name in gone:
                gone.remove(name)
                self._fault(ENTRY, name, f"it is not what was sealed of transfer {_name(link.transfer)}")
            else:
                self._fault(ENTRY, name, f"it is one too many of transfer {_name(link.transfer)}")
        for name in gone:
            self._fault(ENTRY, name, f"it is missing, of transfer {_name(link.transfer)}")

    def _entry(self, entry: EntryRow, what: str) -> None:
        self._fault(ENTRY, f"{id_text(entry.account)} {entry.sequence}", what)

    def _fault(self, table: str, id: str | int, what: str) -> None:
        self.faults.append(RowFault(table, str(id), what))


def verification_of(
    accounts: Collection[Account],
    transfers: Mapping[TransferId, Transfer],
    entries: Collection[Entry],
    holds: Collection[Hold],
    unsealed: Mapping[TransferId, str],
    chain: tuple[Collection[Link], Collection[Seal]],
    key: KeyedDigest,
    known: Head | None = None,
) -> Verification:
    """The verification of a ledger whose rows are values, all at hand: what `Verifying` says of them, and the proof."""
    verifying, (links, seals) = Verifying(key, known), chain
    of: dict[TransferId, list[Entry]] = defaultdict(list)
    for entry in entries:
        of[entry.transfer].append(entry)
    for link in sorted(links, key=lambda link: link.number):
        row = Waiting.of(transfers.get(link.transfer), of.get(link.transfer, ()), "")
        verifying.linked([LinkedRows(link, row.transfer, row.entries)])
    linked, macs = {link.transfer for link in links}, {link.number: link.mac for link in links}
    verifying.sealed((seal, macs.get(seal.head)) for seal in sorted(seals, key=lambda seal: seal.number))
    verifying.ends()
    verifying.waits((id, Waiting.of(transfers.get(id), of.get(id, ()), digest)) for id, digest in unsealed.items())
    verifying.strays(
        (id for id in transfers if id not in linked and id not in unsealed),
        (id for id in unsealed if id in linked),
        (EntryRow(entry_parts(e)) for id in of if id not in transfers and id not in linked for e in of[id]),
    )
    verifying.accounts(
        AccountRow(a.id.hex, a.owner, a.currency.value, a.purpose.value, a.overdraft, a.hot) for a in accounts
    )
    return verifying.found(proof_of(accounts, transfers.values(), entries, holds, unsealed))


def _name(id: TransferId) -> str:
    return f"{id.namespace} {id.key}"


def _run(first: int, last: int) -> str:
    return str(first) if first == last else f"{first} to {last}"

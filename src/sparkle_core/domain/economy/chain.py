"""The hash chain over sealed transfers: pure arithmetic over what rows say, so that every adapter makes the same one.

A link is made for each transfer when it is sealed. It holds digests of the transfer and of its two
entries, names the link before it, and carries a keyed hash over all of that: whoever has no key can
write no link, and a row that changes no longer has the digest its link holds. A seal covers the
links of one transaction. Source: docs/contexts/economy.md.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from attrs import evolve, frozen

from sparkle_core.domain.economy.ledger import Currency, Entry, Transfer, TransferId
from sparkle_core.domain.kernel.digests import KeyedDigest, Parts, canonical, digest, instant_text


def transfer_parts(transfer: Transfer) -> Parts:
    of = transfer.reverses
    return (
        transfer.id.namespace,
        transfer.id.key,
        transfer.debit.hex,
        transfer.credit.hex,
        transfer.amount,
        transfer.currency.value,
        transfer.kind,
        transfer.reference,
        transfer.actor,
        instant_text(transfer.at),
        of.namespace if of else None,
        of.key if of else None,
    )


def entry_parts(entry: Entry) -> Parts:
    return (
        entry.account.hex,
        entry.sequence,
        entry.transfer.namespace,
        entry.transfer.key,
        entry.kind,
        entry.reference,
        entry.amount,
        entry.before,
        entry.after,
        instant_text(entry.at),
    )


def transfer_from(parts: Parts) -> Transfer:
    """The transfer that has these parts. Raises whatever parts raise that no transfer has."""
    row: Any = parts
    namespace, key, debit, credit, amount, currency, kind, reference, actor, at, of_namespace, of_key = row
    return Transfer(
        id=TransferId(namespace, key),
        debit=UUID(debit),
        credit=UUID(credit),
        amount=amount,
        currency=Currency(currency),
        kind=kind,
        reference=reference,
        actor=actor,
        at=datetime.fromisoformat(at),
        reverses=TransferId(of_namespace, of_key) if of_key is not None else None,
    )


def entry_from(parts: Parts) -> Entry:
    """The entry that has these parts. Raises whatever parts raise that no entry has."""
    row: Any = parts
    account, sequence, namespace, key, kind, reference, amount, before, after, at = row
    return Entry(
        account=UUID(account),
        sequence=sequence,
        transfer=TransferId(namespace, key),
        kind=kind,
        reference=reference,
        amount=amount,
        before=before,
        after=after,
        at=datetime.fromisoformat(at),
    )


def id_text(text: str) -> str:
    """An account's id as people see it; whatever else stands in its place, as it is."""
    try:
        return str(UUID(text))
    except ValueError:
        return text


def digest_of(transfer: Transfer) -> str:
    return digest(transfer_parts(transfer))


@frozen(kw_only=True)
class Link:
    """One transfer's place in the chain. `mac` is the keyed hash of everything else it says.

    The sequences are those of the transfer's two entries on their accounts; `previous` is the link before's `mac`.
    """

    number: int
    transfer: TransferId
    debit_sequence: int
    credit_sequence: int
    transfer_digest: str
    debit_digest: str
    credit_digest: str
    previous: str
    mac: str = ""

    def says(self) -> bytes:
        id = self.transfer
        return canonical(
            (
                "link",
                self.number,
                id.namespace,
                id.key,
                self.debit_sequence,
                self.credit_sequence,
                self.transfer_digest,
                self.debit_digest,
                self.credit_digest,
                self.previous,
            )
        )


@frozen(kw_only=True)
class Seal:
    """The links of one transaction, `first` to `head`, with the last one's `mac` as `head_mac`."""

    number: int
    first: int
    head: int
    head_mac: str
    at: str
    mac: str = ""

    def says(self) -> bytes:
        return canonical(("seal", self.number, self.first, self.head, self.head_mac, self.at))


def marked(link: Link, key: KeyedDigest) -> Link:
    return evolve(link, mac=key(link.says()).hex())


def stamped(seal: Seal, key: KeyedDigest) -> Seal:
    return evolve(seal, mac=key(seal.says()).hex())


@frozen(kw_only=True)
class Head:
    """Where the chain ends: the numbers of its last seal and its last link, and that link's `mac`."""

    seals: int = 0
    links: int = 0
    mac: str = ""

    @classmethod
    def after(cls, seal: Seal | None, link: Link | None) -> "Head":
        """The end of a chain with this last seal and this last link, whichever reaches further.

        When somebody removed the last rows of one, what is left of the other keeps their numbers from
        being given again, so that they are missed.
        """
        sealed = cls(seals=seal.number, links=seal.head, mac=seal.head_mac) if seal else cls()
        if link is None or link.number < sealed.links:
            return sealed
        return evolve(sealed, links=link.number, mac=link.mac)

    def link(self, transfer: Transfer, debit: Entry, credit: Entry, key: KeyedDigest) -> Link:
        """The next link."""
        link = Link(
            number=self.links + 1,
            transfer=transfer.id,
            debit_sequence=debit.sequence,
            credit_sequence=credit.sequence,
            transfer_digest=digest_of(transfer),
            debit_digest=digest(entry_parts(debit)),
            credit_digest=digest(entry_parts(credit)),
            previous=self.mac,
        )
        return marked(link, key)

    def seal(self, links: list[Link], at: datetime, key: KeyedDigest) -> Seal:
        """The next seal, over new links."""
        last = links[-1]
        seal = Seal(
            number=self.seals + 1,
            first=links[0].number,
            head=last.number,
            head_mac=last.mac,
            at=instant_text(at),
        )
        return stamped(seal, key)


def side_fits(transfer: Parts, entry: Parts) -> bool:
    """Whether an entry's row is one side of a transfer that is as it was posted, as far as the two can say."""
    told: Any = transfer
    namespace, key, debit, credit, amount, _, kind, reference, _, at, *_ = told
    account, _, *said, moved, before, after, of_at = entry
    side = {debit: -amount, credit: amount}.get(account)
    return (
        side is not None
        and isinstance(before, int)
        and (moved, after, *said, of_at) == (side, before + side, namespace, key, kind, reference, at)
    )

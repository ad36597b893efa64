"""All that a store keeps, as it was in one snapshot."""

from functools import cached_property
from typing import Any
from uuid import UUID

from attrs import field, frozen

from sparkle_core.domain.accounts import PEOPLE
from sparkle_core.domain.accounts.people import StoredStatus
from sparkle_core.domain.content import COMMENTS, POSTS
from sparkle_core.domain.economy.ledger import Account, Entry, Proof, Transfer, TransferId, wallet_of
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.stored import Counter, Edge, Kind, Log


@frozen
class Kept:
    """Rows by name of their shape, relations, numbers, accounts with their entries, and the ledger's own proof.

    `whole`: whether everything was read, or only what few statements say of money and XP.
    `transfers` are those that give something back, and what they give back.
    Entries of hot accounts are not here: they come when transfers are sealed, in an order of each store's own.
    """

    rows: dict[str, dict[UUID, Any]]
    accounts: dict[UUID, Account]
    proof: Proof
    entries: dict[UUID, tuple[Entry, ...]] = field(factory=dict)
    transfers: dict[TransferId, Transfer] = field(factory=dict)
    relations: dict[str, frozenset[tuple[UUID, UUID, str]]] = field(factory=dict)
    numbers: dict[str, dict[tuple[UUID, str], int]] = field(factory=dict)
    whole: bool = False

    def by_id(self, shape: Kind[Any] | Log[Any]) -> dict[UUID, Any]:
        """The rows of a kind or log, deleted ones too."""
        return self.rows[shape.name]

    def all_of(self, shape: Kind[Any] | Log[Any]) -> list[Any]:
        return list(self.rows[shape.name].values())

    @cached_property
    def erased(self) -> frozenset[UUID]:
        """Who cannot come back: rows about them may be gone."""
        return frozenset(p.id for p in self.all_of(PEOPLE) if p.stored_status is StoredStatus.DELETED)

    def related(self, edge: Edge) -> frozenset[tuple[UUID, UUID, str]]:
        """The relations of an edge, as (source, target, kind)."""
        return self.relations[edge.name]

    def counted(self, counter: Counter) -> dict[tuple[UUID, str], int]:
        """The numbers of a counter that are not zero, by (id, kind)."""
        return self.numbers[counter.name]

    def wallet_entries(self, person: UUID) -> tuple[Entry, ...]:
        """What went in and out of somebody's points, newest first; nothing for who has no wallet."""
        return self.entries.get(wallet_of(UserId(person)), ())

    def author_of(self, target: UUID) -> UUID:
        """Who wrote a post or comment."""
        thing = self.by_id(POSTS).get(target) or self.by_id(COMMENTS)[target]
        author: UUID = thing.author_id
        return author

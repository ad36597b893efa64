"""What must be true of items, purchases and inventories. Source: docs/contexts/store.md."""

from collections import Counter as Tally
from collections.abc import Iterator
from uuid import UUID

from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import PEOPLE
from sparkle_core.domain.economy.inventory import Acquired
from sparkle_core.domain.economy.ledger import Currency
from sparkle_core.domain.economy.stored import ALLOWANCES, ITEMS, PURCHASES, THINGS
from sparkle_core.domain.progression import UNLOCKS
from sparkle_core.domain.progression.quests import QUEST_CLAIMS
from sparkle_core.testing.stories.kept import Kept


def things(kept: Kept, rules: Rules) -> Iterator[str]:
    """What is gone is nothing, what is there is something; one thing in a slot, and none that is set aside."""
    worn: Tally[tuple[UUID, object]] = Tally()
    for thing in kept.all_of(THINGS):
        item = kept.by_id(ITEMS)[thing.item_id]
        if (thing.quantity == 0) != (thing.deleted_at is not None) or thing.quantity > thing.got:
            yield f"{thing} has {thing.quantity} of {thing.got}"
        if thing.slot is not None:
            worn[thing.owner_id, thing.slot] += 1
            if thing.slot is not item.kind.slot or thing.held_for is not None or thing.deleted_at is not None:
                yield f"{thing} cannot be worn there"
        if thing.acquired is Acquired.TRADED and not item.terms.tradable:
            yield f"{thing} is soul-bound, and was traded"
    yield from (f"{owner} wears {n} in {slot}" for (owner, slot), n in worn.items() if n > 1)


def sales(kept: Kept, rules: Rules) -> Iterator[str]:
    """Nobody has more of an item, nor more than is allowed of it, than was bought and not given back, or earned."""
    items, brought, bought = kept.by_id(ITEMS), _earned(kept, rules), Tally[tuple[UUID, UUID]]()
    for purchase in kept.all_of(PURCHASES):
        if purchase.refunded_at is None:
            bought[purchase.buyer_id, purchase.item_id] += purchase.quantity
            contents = items[purchase.item_id].terms.contents
            brought[purchase.item_id] += purchase.quantity * (not contents)
            for content in contents:
                brought[content.item_id] += purchase.quantity * content.quantity
    had: Tally[UUID] = Tally()
    for thing in kept.all_of(THINGS):
        had[thing.item_id] += thing.quantity
    yield from (f"there are {n} of {item}, {brought[item]} were got" for item, n in had.items() if n > brought[item])
    allowed = {(a.user_id, a.item_id): a.bought for a in kept.all_of(ALLOWANCES)}
    for at in allowed.keys() | bought.keys():
        if allowed.get(at, 0) != bought[at]:
            yield f"{at} bought {bought[at]}, and {allowed.get(at, 0)} are counted towards the limit"


def payments(kept: Kept, rules: Rules) -> Iterator[str]:
    """Each purchase was paid once, and given back at most once."""
    paid, due = Tally[UUID](), Tally[UUID]()
    for purchase in kept.all_of(PURCHASES):
        if purchase.currency is Currency.SPARKLE:
            due[purchase.buyer_id] += purchase.amount * (purchase.refunded_at is None)
    for person in kept.by_id(PEOPLE):
        for entry in kept.wallet_entries(person):
            paid[person] -= entry.amount * (entry.kind in {"purchase", "gift", "refund"})
    yield from (
        f"{who} paid {paid[who]}, their purchases cost {due[who]}" for who in paid | due if paid[who] != due[who]
    )


def _earned(kept: Kept, rules: Rules) -> "Tally[UUID]":
    """How many of each item achievements and quests gave, where the store has them."""
    given = {a.name: a.reward.item for a in rules.progression.achievements}
    asked = {q.name: q.reward.item for q in rules.progression.quests}
    rewards = [given.get(u.achievement) for u in kept.all_of(UNLOCKS)]
    rewards += [asked.get(c.quest) for c in kept.all_of(QUEST_CLAIMS)]
    return Tally(item for item in rewards if item is not None)


INVARIANTS = (things, sales, payments)

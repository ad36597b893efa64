"""What is told of points: one event for what happened, none for a repeat, however late it comes."""

from datetime import timedelta
from typing import Any

import orjson
import pytest
from tests.support.people import Somebody
from tests.support.writing import within

from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.economy import Convert, FreezeWallet, ReverseTransfer, SendTip, UnfreezeWallet
from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.outbox import OUTBOX
from sparkle_core.application.kernel.work import Work
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import SYSTEM
from sparkle_core.domain.economy.ledger import Currency, wallet_of
from sparkle_core.domain.economy.money import Rate
from sparkle_core.domain.economy.rules import EconomyRules

CASH = Rate(name="cash", source=Currency.SPARKLE, target=Currency.USD, numerator=85, denominator=1)


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=3, rules=Rules(economy=EconomyRules(rates=(CASH,))))


def told(sparkle: Sparkle, topic: str) -> list[dict[str, Any]]:
    """What the events of a topic say, as they wait or were delivered."""

    async def step(work: Work) -> list[dict[str, Any]]:
        return [orjson.loads(m.payload) for m in await work.store.find(OUTBOX) if m.topic == topic]

    return within(sparkle, step)


def again_much_later(sparkle: Sparkle, command: Command[Any], who: Any, key: str) -> None:
    """The same under the same key, its receipt being long gone."""
    assert isinstance(sparkle.world, SeededWorld)
    sparkle.world.advance(timedelta(days=91))
    sparkle.run(command, actor=who, key=key)


def test_a_tip_is_told_once(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    """Stops one tip from counting twice on a board, and from being announced a month later."""
    tip = SendTip(to=bob.id, amount=30)
    receipt = sparkle.run(tip, actor=ada.actor, key="k")
    again_much_later(sparkle, tip, ada.actor, "k")
    said = {"wallet": str(wallet_of(bob.id)), "sender": str(ada.id), "recipient": str(bob.id), "amount": 30}
    assert told(sparkle, "economy.tip_sent") == [said | {"namespace": ada.actor.name, "key": receipt.key}]


def test_a_reversal_is_told_once(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    """Stops one reversal from being taken off a board twice."""
    tip = sparkle.run(SendTip(to=bob.id, amount=30), actor=ada.actor)
    reversal = ReverseTransfer(namespace=tip.namespace, key=tip.key, reason="by mistake")
    sparkle.run(reversal, actor=SYSTEM, key="k")
    again_much_later(sparkle, reversal, SYSTEM, "k")
    said = {"wallet": str(wallet_of(bob.id)), "amount": 30, "namespace": tip.namespace, "key": tip.key}
    assert told(sparkle, "economy.transfer_reversed") == [said]


def test_a_conversion_is_told_once(sparkle: Sparkle, ada: Somebody) -> None:
    convert = Convert(rate="cash", amount=40)
    sparkle.run(convert, actor=ada.actor, key="k")
    again_much_later(sparkle, convert, ada.actor, "k")
    said = {"wallet": str(wallet_of(ada.id)), "user_id": str(ada.id), "paid": 40, "received": 3_400}
    assert told(sparkle, "economy.points_converted") == [said | {"rate": CASH.stamp}]


def test_freezing_and_unfreezing_are_told(sparkle: Sparkle, ada: Somebody) -> None:
    said = [{"wallet": str(wallet_of(ada.id))}]
    sparkle.run(FreezeWallet(user_id=ada.id, reason="stolen"), actor=SYSTEM)
    assert (told(sparkle, "economy.wallet_frozen"), told(sparkle, "economy.wallet_unfrozen")) == (said, [])
    sparkle.run(UnfreezeWallet(user_id=ada.id, reason="it was them"), actor=SYSTEM)
    assert (told(sparkle, "economy.wallet_frozen"), told(sparkle, "economy.wallet_unfrozen")) == (said, said)

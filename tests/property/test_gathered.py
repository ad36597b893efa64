"""Tips gathered into batches and tips one by one: the same answers, refusals, rows and ledger on every store."""

import asyncio
from contextlib import ExitStack
from typing import Any
from uuid import UUID

import pytest
from attrs import frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sparkle_bootstrap import Sparkle
from sparkle_core.application.accounts import ChangeStatus, Register, VerifyEmail
from sparkle_core.application.economy import FreezeWallet, ReverseTransfer, SendTip
from sparkle_core.domain.kernel.actors import SYSTEM, Actor, Status
from sparkle_core.domain.kernel.errors import SparkleError
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.testing.stories import kept_by
from tests.communities import PASSWORD, STORES, community

NAMES = ("ada", "bob", "cleo", "dan")
NOBODY = UserId(UUID(int=404))


@frozen
class Tip:
    """One of four people tips another (the fifth is nobody), perhaps under a key used before."""

    sender: int
    to: int
    amount: int
    key: str | None


tips = st.builds(
    Tip,
    sender=st.integers(0, 3),
    to=st.integers(0, 4),
    amount=st.sampled_from([1, 1, 7, 40, 90, 1_000, 2**63 - 1]),
    key=st.one_of(st.none(), st.sampled_from("abcdef")),
)
groups = st.lists(st.lists(tips, min_size=1, max_size=12), min_size=1, max_size=4)


class Two:
    """One community twice: `gathered` is tipped at once, `single` one by one in order of arrival."""

    def __init__(self, store: str, runner: asyncio.Runner, stack: ExitStack) -> None:
        self._runner = runner
        self.gathered, self.single = (stack.enter_context(community(store, seed=3)) for _ in range(2))
        self.people: list[tuple[UserId, Actor]] = []
        for sparkle in (self.gathered, self.single):
            self.people = [self._joins(sparkle, name) for name in NAMES]
            owed = SendTip(to=self.people[1][0], amount=60)
            sent = self._run(sparkle, owed, self.people[0][1], "owed")
            self._run(sparkle, SendTip(to=self.people[2][0], amount=150), self.people[1][1], "gone")
            reversal = ReverseTransfer(namespace=sent.namespace, key=sent.key, reason="by mistake")
            self._run(sparkle, reversal, SYSTEM, "reversal")  # bob owes 50 now, to be netted from what he gets
            self._run(sparkle, FreezeWallet(user_id=self.people[3][0], reason="under review"), SYSTEM, None)

    def _run(self, sparkle: Sparkle, request: Any, actor: Actor, key: str | None) -> Any:
        return self._runner.run(sparkle.dispatcher.call(request, actor=actor, key=key)).answer

    def _joins(self, sparkle: Sparkle, name: str) -> tuple[UserId, Actor]:
        email = f"{name}@example.org"
        join = Register(email=email, username=name, password=PASSWORD, agree_to_terms=True)
        joined = self._run(sparkle, join, Actor(), None)
        self._runner.run(sparkle.drain())
        self._run(sparkle, VerifyEmail(email=email, code=sparkle.mailbox.latest(email).code), Actor(), None)
        return joined.id, joined.actor

    def tell(self, group: list[Tip]) -> None:
        """Tip in both; what each caller is told must be equal."""
        at_once = self._runner.run(self._at_once(group))
        one_by_one = [self._runner.run(_told(self._call(self.single, tip, gathered=False))) for tip in group]
        assert at_once == one_by_one

    async def _at_once(self, group: list[Tip]) -> list[Any]:
        return await asyncio.gather(*(_told(self._call(self.gathered, tip, gathered=True)) for tip in group))

    def _call(self, sparkle: Sparkle, tip: Tip, *, gathered: bool) -> Any:
        to = self.people[tip.to][0] if tip.to < len(self.people) else NOBODY
        request = SendTip(to=to, amount=tip.amount)
        return sparkle.dispatcher.call(request, actor=self.people[tip.sender][1], key=tip.key, gathered=gathered)

    def suspend(self, person: int) -> None:
        for sparkle in (self.gathered, self.single):
            sanction = ChangeStatus(user_id=self.people[person][0], status=Status.SUSPENDED, reason="spam", days=1)
            self._run(sparkle, sanction, SYSTEM, None)

    def compare(self) -> None:
        """Both keep the same rows and the same ledger, and the proof of it holds."""
        ours, theirs = (self._runner.run(kept_by(s, whole=True)) for s in (self.gathered, self.single))
        assert ours == theirs
        assert ours.proof.holds

    def close(self) -> None:
        for sparkle in (self.gathered, self.single):
            self._runner.run(sparkle.aclose())


async def _told(call: Any) -> Any:
    try:
        return (await call).answer
    except SparkleError as error:
        return type(error), error.facts()


@pytest.mark.parametrize("store", STORES)
def test_tips_at_once_come_to_what_tips_one_by_one_in_order_of_arrival_do(store: str) -> None:
    @settings(
        max_examples=5 if store == "postgres" else 8,
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(groups)
    def stories(told: list[list[Tip]]) -> None:
        with ExitStack() as stack, asyncio.Runner() as runner:
            two = Two(store, runner, stack)
            for n, group in enumerate(told):
                two.tell(group)
                if n == 1:
                    two.suspend(2)
            two.compare()
            two.close()

    stories()

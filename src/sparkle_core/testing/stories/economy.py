"""The state machine of the economy: tips, reversals, conversions, statements, frozen wallets."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from sparkle_core.application.economy import (
    BalanceOf,
    Convert,
    FreezeWallet,
    ProveLedger,
    ReverseTransfer,
    SendTip,
    Statement,
    UnfreezeWallet,
)
from sparkle_core.domain.accounts import SYSTEM
from sparkle_core.domain.kernel.actors import Actor, Origin
from sparkle_core.domain.kernel.fields import INT64_MAX
from sparkle_core.testing.stories.story import Story, keys, origins, picks
from sparkle_core.testing.stories.telling import Told


class EconomyStory(Story):
    """People give one another points and change them; admins give transfers back and freeze wallets."""

    @rule(
        by=picks,
        to=picks,
        amount=st.sampled_from((1, 7, 40, 40, 99, 100, 101, INT64_MAX)),
        origin=origins,
        times=st.sampled_from((1, 1, 1, 11)),
        key=keys,
    )
    def send_tip(self, by: int, to: int, amount: int, origin: Origin | None, times: int, key: str | None) -> None:
        """Now and then more of them than the rate tier allows."""
        command = SendTip(to=self.person(to).id, amount=amount)
        for _ in range(times):
            told = self.spend(command, self.actor(by), origin, key)
        if told.ok:
            self.known.transfers.append((told.answer.namespace, told.answer.key))

    def spend(self, command: SendTip | Convert, by: Actor, origin: Origin | None, key: str | None) -> Told:
        """Nothing goes out of a frozen wallet, nor more than is there; but a key that was used is answered."""
        before = self.told.tell(BalanceOf(user_id=by.user_id or self.person(0).id), actor=SYSTEM).answer
        told = self.say(command, actor=by, origin=origin, key=key)
        if told.ok and key is None:
            assert not before.frozen, f"{command} went out of a frozen wallet: {before}"
            assert before.available >= command.amount, f"{command} took more than was there: {before}"
        return told

    @rule(
        which=picks,
        by=st.sampled_from((39, 39, 39, 2, 1)),
        amount=st.sampled_from((None, None, 1, 30, INT64_MAX)),
        key=keys,
    )
    def reverse_transfer(self, which: int, by: int, amount: int | None, key: str | None) -> None:
        namespace, name = self.one_of(self.known.transfers, which) or ("welcome_bonus", str(self.person(which).id))
        command = ReverseTransfer(namespace=namespace, key=name, amount=amount, reason="a mistake")
        told = self.say(command, actor=self.actor(by), key=key)
        if told.ok:
            self.known.transfers.append((told.answer.namespace, told.answer.key))

    @rule(who=picks, amount=st.sampled_from((None, 60, 100)), key=keys)
    def take_back_the_welcome_bonus(self, who: int, amount: int | None, key: str | None) -> None:
        """Often more than is left: the rest becomes a receivable, netted from later credits."""
        command = ReverseTransfer(
            namespace="welcome_bonus", key=str(self.person(who).id), amount=amount, reason="a mistake"
        )
        self.say(command, actor=SYSTEM, key=key)

    @rule(who=picks, by=st.sampled_from((0, 1, 1, 2)), freeze=st.booleans())
    def freeze_wallet(self, who: int, by: int, freeze: bool) -> None:
        command = FreezeWallet if freeze else UnfreezeWallet
        self.say(command(user_id=self.person(who).id, reason="looking into it"), actor=self.actor(by))

    @rule(who=picks, by=picks, kind=st.sampled_from((None, "tip", "reversal")), limit=st.integers(1, 3))
    def read_wallet(self, who: int, by: int, kind: str | None, limit: int) -> None:
        self.say(BalanceOf(user_id=self.person(who).id), actor=self.actor(by))
        self.pages(
            lambda after: Statement(user_id=self.person(who).id, kind=kind, after=after, limit=limit),
            actor=self.actor(by),
        )

    @rule(by=picks)
    def prove_ledger(self, by: int) -> None:
        self.say(ProveLedger(), actor=self.actor(by))

    @rule(by=picks, which=picks, amount=st.sampled_from((1, 3, 40, 101, INT64_MAX)), key=keys)
    def convert(self, by: int, which: int, amount: int, key: str | None) -> None:
        """At one of the rules' rates; where there are none, it is refused."""
        rate = self.one_of(list(self.told.rules.economy.rates), which)
        actor = self.actor(by)
        self.spend(Convert(rate=rate.name if rate else "none", amount=amount), actor, None, key)
        if rate is not None:
            self.say(BalanceOf(user_id=self.person(by).id, currency=rate.target), actor=actor)

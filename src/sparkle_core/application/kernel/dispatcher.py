"""The one way in: permission → step-up → rate tier → prepare → receipt → transaction → receipt → commit.

Handlers cannot forget to commit, commit twice, or act on rights that are no longer so.
"""

import logging
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Protocol, TypeVar
from uuid import UUID

from attrs import evolve, field, frozen

from sparkle_core.application.kernel import keyed, outbox, receipts
from sparkle_core.application.kernel.audit import audited
from sparkle_core.application.kernel.batching import Batch, Needs
from sparkle_core.application.kernel.commands import Refused, Request, UseCase, answer_of, as_prepared
from sparkle_core.application.kernel.gathering import Gatherer
from sparkle_core.application.kernel.limiting import counted
from sparkle_core.application.kernel.standings import Standings
from sparkle_core.application.kernel.work import Preparation, Work
from sparkle_core.domain.kernel.actors import (
    ANONYMOUS,
    ANONYMOUS_MAY,
    MINOR_MAY,
    SYSTEM_STANDING,
    Actor,
    Minor,
    Origin,
    Standing,
    Status,
)
from sparkle_core.domain.kernel.errors import (
    Forbidden,
    GuardianConsentRequired,
    Invalid,
    Leaving,
    NotWhile,
    SparkleError,
    Stale,
    StepUpRequired,
    TooYoung,
    Unauthenticated,
    Unavailable,
)
from sparkle_core.domain.kernel.fields import Key, UserId, check_of
from sparkle_core.domain.kernel.rules import RateTier
from sparkle_core.ports.security import KeyedHash, KeyRings, RateLimiter, Verdict
from sparkle_core.ports.store import Store, Transaction
from sparkle_core.ports.text import Codec
from sparkle_core.ports.world import Moment, World

log = logging.getLogger("sparkle.dispatcher")

R = TypeVar("R")

RETRY_DEADLINE_S = 2.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.004, 0.2
_key_fault = check_of(Key)


class StandingOf(Protocol):
    """Loads a person's role and status inside the transaction; None when there is no such person."""

    def __call__(self, work: Work, user_id: UserId) -> Coroutine[Any, Any, Standing | None]: ...


Observer = Callable[[str, Actor, float, str], None]
"""Told of every call: request, actor, seconds, "ok" or the error's code."""


@frozen
class Outcome:
    """An answer, and how much of the rate tier is left when one applied."""

    answer: Any
    rate: Verdict | None = None


@frozen(slots=True)
class Call:
    """One request with all that came along: its use case, who asks, from where, under which key, because of what."""

    use: UseCase
    request: Any
    actor: Actor
    origin: Origin | None
    key: str | None
    causation: UUID | None
    gathered: bool

    def work(self, tx: Transaction, moment: Moment) -> Work:
        return Work(tx.records, tx.ledger, moment, self.actor, None, self.origin, self.key)


@frozen(kw_only=True)
class Dispatcher:
    """Runs requests by a table of use cases over a store. Made by the composition root."""

    table: Mapping[type, UseCase]
    store: Store
    world: World
    codec: Codec
    hashes: KeyedHash
    limiters: Mapping[str, RateLimiter]
    tiers: Mapping[str, RateTier]
    standing_of: StandingOf
    stands_in: str = ""
    awaited: frozenset[str] = frozenset()
    observe: Observer | None = None
    keys: KeyRings | None = None
    standings: Standings = field(factory=Standings)
    step_up_s: int = 300
    """How old, in seconds, a proof of identity may be."""
    gatherer: Gatherer["Asked", Any] = field(init=False)

    @gatherer.default
    def _gathering(self) -> Gatherer["Asked", Any]:
        return Gatherer(self._together)

    async def call(
        self,
        request: Request[Any],
        *,
        actor: Actor = ANONYMOUS,
        origin: Origin | None = None,
        key: str | None = None,
        causation: UUID | None = None,
        gathered: bool = False,
    ) -> Outcome:
        """Run one request. Raises the refusals of `domain.kernel.errors` and of its use case.

        `gathered`: whether a batched one may wait for its turn on the running event loop.
        """
        use = self.table.get(type(request))
        if use is None:
            raise TypeError(f"{type(request).__name__} is not a request that this application knows")
        gathers = gathered and use.batched is not None and self.gatherer.can_be_asked
        call = Call(use, request, actor, origin, key, causation, gathers)
        if self.observe is None:
            return await self._run(call)
        started, outcome = time.perf_counter(), "ok"
        try:
            return await self._run(call)
        except SparkleError as error:
            outcome = error.code
            raise
        except BaseException:
            outcome = "crashed"
            raise
        finally:
            self.observe(type(request).__name__, actor, time.perf_counter() - started, outcome)

    async def _run(self, call: Call) -> Outcome:
        use, moment = call.use, self.world.moment()
        _may_at_all(call)
        _stepped_up(call, moment, self.step_up_s)
        verdict = None if call.origin is None else await self._limit(call, call.origin, moment)
        claim = self._claim(call)
        prepared: tuple[Any, ...] = ()
        if use.prepare is not None:
            if claim is not None and (earlier := await self._earlier(claim, moment)) is not None:
                return Outcome(self._decoded(use, earlier), verdict)
            preparation = Preparation(self.store, moment, call.actor, call.origin, call.key)
            prepared = (await use.prepare(call.request, preparation),)
        if use.is_query:
            return Outcome(await self._query(call, moment, prepared), verdict)
        if call.gathered:
            return Outcome(await self.gatherer.ask(Asked(call, moment, claim)), verdict)
        return Outcome(await self._retried(call, moment, prepared, claim), verdict)

    async def _query(self, call: Call, moment: Moment, prepared: tuple[Any, ...]) -> Any:
        if call.use.handler is as_prepared and call.actor.user_id is None:
            return prepared[0]

        async def body(tx: Transaction) -> Any:
            work = call.work(tx, moment)
            work.standing = self.standings.of(call.actor, call.use.permission, moment.now)
            if work.standing is None:
                await self._stand(call, work)
                if work.standing is not None:
                    self.standings.keep(call.actor, work.standing, moment.now)
            return await call.use.handler(call.request, work, *prepared)

        return await self.store.read(body, one_statement=call.use.one_statement)

    async def _retried(
        self, call: Call, moment: Moment, prepared: tuple[Any, ...], claim: receipts.Claim | None
    ) -> Any:
        """Run a command's transaction, again when it lost a race, with jitter, until the deadline.

        The time runs from the first race lost, so that waiting for a connection leaves some for trying again.
        """
        deadline, pause_s = None, FIRST_PAUSE_S
        while True:
            body = partial(self._command, call, moment, prepared, claim)
            try:
                answer = await self.store.transact(body)
            except Stale as lost:
                if deadline is None:
                    deadline = time.monotonic() + RETRY_DEADLINE_S
                elif time.monotonic() >= deadline:
                    raise Unavailable(f"{lost.what} (too busy)") from lost
                jitter = 0.5 + self.world.moment().below(1_000) / 1_000
                await self.store.pause(pause_s * jitter)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
                moment = moment.again()
                continue
            if isinstance(answer, Refused):
                raise answer.error
            return answer

    async def _command(
        self, call: Call, moment: Moment, prepared: tuple[Any, ...], claim: receipts.Claim | None, tx: Transaction
    ) -> Any:
        """One command's transaction: standing, receipt, use case, events, audit, receipt."""
        use, work = call.use, call.work(tx, moment)
        await self._stand(call, work)
        before = None
        if claim is not None:
            before = await work.store.get(receipts.RECEIPTS, claim.id)
            if before is not None and receipts.redeemable(before, claim, work.now):
                return self._decoded(use, before.answer)
        answer = await use.handler(call.request, work, *prepared)
        self.standings.forget(id for kind, id in work.saved if kind == self.stands_in)
        outbox.enqueue(work, self.codec, self.awaited, call.causation)
        audited(work, call.request, answer, self.codec)
        if claim is not None and not isinstance(answer, Refused):
            receipts.keep(work, claim, self.codec.encode(answer), expired=before)
        await work.store.flush()
        if self.keys is not None:
            keyed.still_held(work.keyed, self.keys)
        return answer

    async def _together(self, asked: Sequence["Asked"]) -> list[Any]:
        """Run batched commands in one transaction; an answer or an error for each, in order.

        When it fails as a whole, its halves are tried, so that what breaks a batch is found and
        fails alone, and one who loses race after race keeps nobody.
        """
        if len(asked) == 1:
            return [await self._by_itself(asked[0])]
        try:
            return await self.store.transact(partial(self._batch, asked))
        except Unavailable:
            raise
        except Exception as error:
            log.info("a batch of %d is tried in halves: %r", len(asked), error)
        again = [one.again() for one in asked]
        middle = len(again) // 2
        return [*await self._together(again[:middle]), *await self._together(again[middle:])]

    async def _by_itself(self, one: "Asked") -> Any:
        try:
            return await self._retried(one.call, one.moment, (), one.claim)
        except Exception as error:
            return error

    async def _batch(self, asked: Sequence["Asked"], tx: Transaction) -> list[Any]:
        batch = await Batch.load(tx, [need for one in asked for need in one.needs()])
        answers: list[Any] = []
        for one in asked:
            command = batch.command()
            try:
                answer = await self._command(one.call, one.moment, (), one.claim, command)
            except Exception as error:
                command.books.undo()
                answers.append(error)
            else:
                batch.absorb(command)
                answers.append(answer.error if isinstance(answer, Refused) else answer)
        batch.write(tx)
        return answers

    async def _limit(self, call: Call, origin: Origin, moment: Moment) -> Verdict | None:
        tier = call.use.rate_tier
        if not tier or call.actor.system:
            return None
        who = call.actor.name if call.actor.user_id else origin.network
        if who is None:  # a missing address is never a bucket shared by everybody
            return None
        bucket = f"{tier}:{call.use.request.__name__}:{who}" if tier == "auth" else f"{tier}:{who}"
        return await counted(self.limiters[tier], bucket, self.tiers[tier], moment.now, limit=tier)

    def _claim(self, call: Call) -> receipts.Claim | None:
        if call.key is None:
            return None
        fault = _key_fault(call.key) if _key_fault else None
        if fault:
            raise Invalid.at("key", fault)
        if call.use.is_query or call.use.secret_answer:
            raise Invalid.at("key", f"{call.use.request.__name__} takes no idempotency key")
        return receipts.claim(self.hashes, self.codec, call.actor, call.key, call.request)

    async def _earlier(self, claim: receipts.Claim, moment: Moment) -> str | None:
        """An earlier answer under this key, found before the work of preparing is done again."""

        async def body(tx: Transaction) -> receipts.Receipt | None:
            return await tx.records.get(receipts.RECEIPTS, claim.id)

        receipt = await self.store.read(body, one_statement=True)
        return receipt.answer if receipt and receipts.redeemable(receipt, claim, moment.now) else None

    def _decoded(self, use: UseCase, text: str) -> Any:
        return self.codec.decode(text, answer_of(use.request))

    async def _stand(self, call: Call, work: Work) -> None:
        """Load the caller's standing within the transaction, and hold them to the permission."""
        if call.actor.user_id is None:
            work.standing = SYSTEM_STANDING if call.actor.system else None
            return
        standing = work.standing = await (call.use.standing or self.standing_of)(work, call.actor.user_id)
        if standing is None or standing.status is Status.DELETED:
            raise Unauthenticated
        if standing.may(call.use.permission):
            return
        if standing.erased_from is not None and evolve(standing, erased_from=None).may(call.use.permission):
            raise Leaving(standing.erased_from.isoformat())
        if evolve(standing, minor=None).may(call.use.permission):
            needs_consent = call.use.permission in MINOR_MAY[Minor.WITH_CONSENT]
            raise GuardianConsentRequired if needs_consent else TooYoung
        if Standing(role=standing.role, status=Status.ACTIVE).may(call.use.permission):
            until = standing.blocked_until
            raise NotWhile(standing.status.value, until.isoformat() if until else None)
        raise Forbidden


@frozen(slots=True)
class Asked:
    """A batched command on its way into a batch."""

    call: Call
    moment: Moment
    claim: receipts.Claim | None

    def needs(self) -> Iterator[Needs]:
        assert self.call.use.batched is not None
        yield self.call.use.batched(self.call.request, self.call.actor, self.call.key)
        if self.claim is not None:
            yield Needs(rows=((receipts.RECEIPTS, self.claim.id),))

    def again(self) -> "Asked":
        return Asked(self.call, self.moment.again(), self.claim)


def _may_at_all(call: Call) -> None:
    if call.actor.user_id is None and not call.actor.system and call.use.permission not in ANONYMOUS_MAY:
        raise Unauthenticated


def _stepped_up(call: Call, moment: Moment, max_age_s: int) -> None:
    if not call.use.step_up or call.actor.system:
        return
    if call.actor.proved_at is None or moment.now - call.actor.proved_at > timedelta(seconds=max_age_s):
        raise StepUpRequired(max_age_s)


def table_of(use_cases: Iterable[UseCase]) -> dict[type, UseCase]:
    """Use cases by request. Raises ValueError for one declared twice."""
    table: dict[type, UseCase] = {}
    for use in use_cases:
        if use.request in table:
            raise ValueError(f"{use.request.__name__} has two use cases")
        answer_of(use.request)
        table[use.request] = use
    return table

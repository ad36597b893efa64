"""The one way in: permission → step-up → rate tier → prepare → receipt → transaction → receipt → commit.

Handlers cannot forget to commit, commit twice, or act on rights that are no longer so.
"""

import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from datetime import timedelta
from typing import Any, Protocol, TypeVar
from uuid import UUID

from attrs import field, frozen

from sparkle_core.application.kernel import outbox, receipts
from sparkle_core.application.kernel.audit import audited
from sparkle_core.application.kernel.commands import Refused, Request, UseCase, answer_of
from sparkle_core.application.kernel.work import Preparation, Work
from sparkle_core.domain.kernel.actors import (
    ANONYMOUS,
    ANONYMOUS_MAY,
    SYSTEM_STANDING,
    Actor,
    Origin,
    Standing,
    Status,
)
from sparkle_core.domain.kernel.errors import (
    Forbidden,
    Invalid,
    Limited,
    NotWhile,
    SparkleError,
    Stale,
    StepUpRequired,
    Unauthenticated,
    Unavailable,
)
from sparkle_core.domain.kernel.fields import Key, UserId, check_of
from sparkle_core.domain.kernel.rules import RateTier
from sparkle_core.ports.security import KeyedHash, RateLimiter, Verdict
from sparkle_core.ports.store import Store, Transaction
from sparkle_core.ports.text import Codec
from sparkle_core.ports.world import Moment, World

R = TypeVar("R")

RETRY_DEADLINE_S = 2.0
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
    awaited: frozenset[str] = frozenset()
    observe: Observer | None = None
    _answers: dict[type, Any] = field(factory=dict, init=False)

    async def call(
        self,
        request: Request[Any],
        *,
        actor: Actor = ANONYMOUS,
        origin: Origin | None = None,
        key: str | None = None,
        causation: UUID | None = None,
    ) -> Outcome:
        """Run one request. Raises the refusals of `domain.kernel.errors` and of its use case."""
        use = self.table.get(type(request))
        if use is None:
            raise TypeError(f"{type(request).__name__} is not a request that this application knows")
        started, outcome = time.perf_counter(), "ok"
        try:
            return await self._run(use, request, actor, origin, key, causation)
        except SparkleError as error:
            outcome = error.code
            raise
        except BaseException:
            outcome = "crashed"
            raise
        finally:
            if self.observe is not None:
                self.observe(type(request).__name__, actor, time.perf_counter() - started, outcome)

    async def _run(
        self, use: UseCase, request: Any, actor: Actor, origin: Origin | None, key: str | None, causation: UUID | None
    ) -> Outcome:
        moment = self.world.moment()
        _may_at_all(use, actor)
        _stepped_up(use, actor, moment)
        verdict = await self._limit(use, actor, origin, moment) if origin is not None else None
        claim = self._claim(use, request, actor, key) if key is not None else None
        prepared: tuple[Any, ...] = ()
        if use.prepare is not None:
            earlier = await self._earlier(use, claim, moment) if claim is not None else None
            if earlier is not None:
                return Outcome(earlier.answer, verdict)
            prepared = (await use.prepare(request, Preparation(self.store, moment, actor, origin)),)

        async def body(tx: Transaction, moment: Moment) -> Any:
            work = Work(tx.records, tx.ledger, moment, actor, None, origin, key)
            if actor.user_id is not None:
                work.standing = await self._allowed(use, work, actor.user_id)
            elif actor.system:
                work.standing = SYSTEM_STANDING
            if use.is_query:
                return await use.handler(request, work, *prepared)
            return await self._command(use, request, work, prepared, claim, causation)

        if use.is_query:
            alone = use.one_statement and actor.user_id is None
            answer = await self.store.read(lambda tx: body(tx, moment), one_statement=alone)
            return Outcome(answer, verdict)
        return Outcome(await self._retried(body, moment), verdict)

    async def _command(
        self,
        use: UseCase,
        request: Any,
        work: Work,
        prepared: tuple[Any, ...],
        claim: receipts.Claim | None,
        causation: UUID | None,
    ) -> Any:
        expired = None
        if claim is not None:
            expired = await work.store.get(receipts.RECEIPTS, claim.id)
            if receipts.redeemable(expired, claim, work.now):
                assert expired is not None
                return self._decoded(use, expired.answer)
        answer = await use.handler(request, work, *prepared)
        outbox.enqueue(work, self.codec, self.awaited, causation)
        audited(work, request, use.permission, self.codec)
        if claim is not None and not isinstance(answer, Refused):
            receipts.keep(work.store, claim, self.codec.encode(answer), work.actor, work.now, expired)
        await work.store.flush()
        return answer

    async def _retried(self, body: Callable[[Transaction, Moment], Coroutine[Any, Any, R]], moment: Moment) -> R:
        """Run a transaction again when it lost a race, with jitter, until the deadline."""
        deadline = time.monotonic() + RETRY_DEADLINE_S
        attempt = 0
        while True:
            try:
                answer = await self.store.transact(lambda tx: body(tx, moment))
            except Stale as lost:
                attempt += 1
                if time.monotonic() >= deadline:
                    raise Unavailable(f"{lost.what} (too busy)") from lost
                await self.store.pause(min(0.2, 0.002 * 2**attempt) * (0.5 + self.world.moment().below(1_000) / 1_000))
                moment = moment.again()
                continue
            if isinstance(answer, Refused):
                raise answer.error
            return answer

    async def _limit(self, use: UseCase, actor: Actor, origin: Origin | None, moment: Moment) -> Verdict | None:
        tier = use.rate_tier
        who = actor.name if actor.user_id else origin.address if origin else None
        if not tier or who is None or actor.system:
            return None
        bucket = f"{tier}:{use.request.__name__}:{who}" if tier == "auth" else f"{tier}:{who}"
        verdict = await self.limiters[tier].take(bucket, self.tiers[tier], moment.now)
        if not verdict.allowed:
            raise Limited(limit=tier, retry_after_s=verdict.resets_in_s)
        return verdict

    def _claim(self, use: UseCase, request: Any, actor: Actor, key: str) -> receipts.Claim:
        fault = _key_fault(key) if _key_fault else None
        if fault:
            raise Invalid.at("key", fault)
        if use.is_query or use.secret_answer:
            raise Invalid.at("key", f"{type(request).__name__} takes no idempotency key")
        return receipts.claim(self.hashes, self.codec, actor, key, request)

    async def _earlier(self, use: UseCase, claim: receipts.Claim, moment: Moment) -> Outcome | None:
        """An earlier answer under this key, found before the work of preparing is done again."""

        async def body(tx: Transaction) -> receipts.Receipt | None:
            return await tx.records.get(receipts.RECEIPTS, claim.id)

        receipt = await self.store.read(body, one_statement=True)
        if receipt is None or not receipts.redeemable(receipt, claim, moment.now):
            return None
        return Outcome(self._decoded(use, receipt.answer))

    def _decoded(self, use: UseCase, text: str) -> Any:
        kind = self._answers.get(use.request)
        if kind is None:
            kind = self._answers[use.request] = answer_of(use.request)
        return self.codec.decode(text, kind)

    async def _allowed(self, use: UseCase, work: Work, user_id: UserId) -> Standing:
        standing = await self.standing_of(work, user_id)
        if standing is None or standing.status is Status.DELETED:
            raise Unauthenticated
        if not standing.may(use.permission):
            if Standing(role=standing.role, status=Status.ACTIVE).may(use.permission):
                until = standing.blocked_until
                raise NotWhile(standing.status.value, until.isoformat() if until else None)
            raise Forbidden
        return standing


def _may_at_all(use: UseCase, actor: Actor) -> None:
    if actor.user_id is None and not actor.system and use.permission not in ANONYMOUS_MAY:
        raise Unauthenticated


def _stepped_up(use: UseCase, actor: Actor, moment: Moment) -> None:
    if use.step_up_s is None or actor.system:
        return
    if actor.proved_at is None or moment.now - actor.proved_at > timedelta(seconds=use.step_up_s):
        raise StepUpRequired(use.step_up_s)


def table_of(use_cases: Iterable[UseCase]) -> dict[type, UseCase]:
    """Use cases by request. Raises ValueError for one declared twice."""
    table: dict[type, UseCase] = {}
    for use in use_cases:
        if use.request in table:
            raise ValueError(f"{use.request.__name__} has two use cases")
        answer_of(use.request)
        table[use.request] = use
    return table

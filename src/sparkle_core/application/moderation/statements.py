"""Reading decisions: a person their own, moderators any."""

from collections.abc import Iterable
from uuid import UUID

from attrs import frozen

from sparkle_core.application.kernel.commands import Query
from sparkle_core.application.kernel.work import Work, found
from sparkle_core.application.moderation.views import StatementOfReasons
from sparkle_core.domain.kernel.actors import Permission
from sparkle_core.domain.kernel.errors import NotFound
from sparkle_core.domain.kernel.pages import Cursor, Limit, Page, page_of, position_of
from sparkle_core.domain.kernel.stored import NEWEST_FIRST, eq, within
from sparkle_core.domain.moderation import APPEALS, DECISIONS
from sparkle_core.domain.moderation.decisions import Decision


@frozen(kw_only=True)
class MyDecisions(Query[Page[StatementOfReasons]]):
    """What was decided about oneself, newest first; also while suspended or banned."""

    after: Cursor | None = None
    limit: Limit = 20


@frozen(kw_only=True)
class DecisionById(Query[StatementOfReasons]):
    """One's own statement of reasons, or anybody's as a moderator. Raises `NotFound`."""

    decision_id: UUID


async def my_decisions(query: MyDecisions, work: Work) -> Page[StatementOfReasons]:
    scope = (work.user_id,)
    after = position_of(query.after, "my_decisions", scope, (UUID,))
    decisions = await work.store.find(
        DECISIONS,
        eq("subject_id", work.user_id),
        order=NEWEST_FIRST,
        after=(after[0], after[0]) if after is not None else None,
        limit=query.limit + 1,
    )
    page = page_of(decisions, query.limit, "my_decisions", scope, lambda d: (d.id,))
    return Page(await statements(work, page.items, moderator=False), page.next)


async def decision_by_id(query: DecisionById, work: Work) -> StatementOfReasons:
    decision = found(await work.store.get(DECISIONS, query.decision_id), "decision")
    moderator = is_moderator(work)
    if not moderator and decision.subject_id != work.actor.user_id:
        raise NotFound("decision")
    (statement,) = await statements(work, [decision], moderator=moderator and decision.subject_id != work.actor.user_id)
    return statement


async def statements(work: Work, decisions: Iterable[Decision], *, moderator: bool) -> tuple[StatementOfReasons, ...]:
    """Decisions as statements, each with its appeal."""
    decisions = tuple(decisions)
    if not decisions:
        return ()
    appeals = await work.store.find(APPEALS, within("decision_id", (d.id for d in decisions)))
    by_decision = {a.decision_id: a for a in appeals}
    return tuple(StatementOfReasons.of(d, by_decision.get(d.id), moderator=moderator) for d in decisions)


def is_moderator(work: Work) -> bool:
    return work.standing is not None and work.standing.may(Permission.MODERATE)

"""Achievements: those of the rules, somebody's own, and going through everybody for what they qualify for already."""

from typing import Annotated

from attrs import asdict
from cyclopts import Parameter

from sparkle_bootstrap import Sparkle
from sparkle_cli.options import DatabaseUrl, Json, RulesFile, opened, operator
from sparkle_cli.output import bar, minute, tell, tell_json, tell_table
from sparkle_cli.whom import Whom, person_named
from sparkle_core.application.progression import (
    AchievementsOf,
    BackfillPage,
    BackfillState,
    MarkBackfilled,
    NextToBackfill,
    UnlockDue,
)
from sparkle_core.application.rules import Rules
from sparkle_core.domain.kernel.actors import SYSTEM


def listed(*, rules: RulesFile = None, json: Json = False) -> None:
    """List the achievements of the rules, hidden ones too: what each asks for and gives. Looks at no database."""
    achievements = (Rules.load(rules) if rules else Rules()).progression.achievements
    if json:
        tell_json([asdict(achievement) for achievement in achievements])
        return
    tell_table(
        ("achievement", "rarity", "", "asks for", "XP", "points"),
        [
            (a.name, a.rarity.value, "hidden" if a.hidden else "", a.when, a.reward.xp, a.reward.points)
            for a in achievements
        ],
        numbers=("XP", "points"),
    )


def show(username: Whom, *, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """List what somebody has achieved, newest first, and how far they are with what is not hidden."""
    with opened(database_url) as sparkle:
        person = person_named(sparkle, username)
        achievements = sparkle.run(AchievementsOf(user_id=person.id), actor=operator())
    if json:
        tell_json([asdict(achievement) for achievement in achievements])
        return
    so_far = [", ".join(f"{step.counter.value} {step.have:,}/{step.need:,}" for step in a.steps) for a in achievements]
    tell_table(
        ("achievement", "rarity", "since", "percent", "so far"),
        [
            (a.name, a.rarity.value, minute(a.unlocked_at), a.percent, steps)
            for a, steps in zip(achievements, so_far, strict=True)
        ],
        numbers=("percent",),
    )


def backfill(
    *,
    again: Annotated[bool, Parameter("--again", negative="", help="Begin anew, also when it was finished.")] = False,
    rules: RulesFile = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Unlock achievements for people who qualify already, for instance after new ones were defined.

    Looks at everybody, page by page, and notes how far it is: when it is stopped, the next run goes on there. Changed
    criteria begin anew by themselves. Safe beside a running server, and twice at once.
    """
    with opened(database_url, rules) as sparkle, bar("Looking at people", 100, quiet=json) as shown:
        before = sparkle.run(NextToBackfill(limit=1), actor=SYSTEM).state
        if again:
            before = sparkle.run(MarkBackfilled(since=None, after=None, again=True), actor=SYSTEM)
        state = before
        while state.finished_at is None:
            state = _page_done(sparkle, sparkle.run(NextToBackfill(), actor=SYSTEM))
            shown(state.percent)
    people, unlocked = state.people - before.people, state.unlocked - before.unlocked
    if json:
        tell_json(
            {"people": people, "unlocked": unlocked, "in_all": {"people": state.people, "unlocked": state.unlocked}}
        )
    elif before.finished_at is not None:
        tell(f"Everybody was looked at by {before.finished_at:%Y-%m-%d %H:%M} UTC: nothing to do. --again begins anew.")
    else:
        went_on = f", going on after {before.people:,}" if before.people else ""
        tell(f"Looked at {people:,} people{went_on}: {unlocked:,} achievements unlocked.")


def _page_done(sparkle: Sparkle, page: BackfillPage) -> BackfillState:
    """Unlock what a page's people are due, each in a transaction of their own, and mark it."""
    unlocked = sum(sparkle.run(UnlockDue(user_id=person), actor=SYSTEM) for person in page.due)
    last = page.looked_at[-1] if page.looked_at else None
    done = MarkBackfilled(since=page.state.after, after=last, people=len(page.looked_at), unlocked=unlocked)
    return sparkle.run(done, actor=SYSTEM)

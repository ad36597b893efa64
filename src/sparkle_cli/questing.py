"""Quests: those of the rules, and how far somebody is with those that run for them."""

from attrs import asdict

from sparkle_cli.options import DatabaseUrl, Json, RulesFile, opened, operator
from sparkle_cli.output import minute, tell, tell_json, tell_table
from sparkle_cli.whom import Whom, person_named
from sparkle_core.application.progression import QuestsOf, QuestView
from sparkle_core.application.rules import Rules


def listed(*, rules: RulesFile = None, json: Json = False) -> None:
    """List the quests of the rules: what each asks for and gives. Looks at no database."""
    quests = (Rules.load(rules) if rules else Rules()).progression.quests
    if json:
        tell_json([asdict(quest) for quest in quests])
        return
    asked = [", ".join(f"{o.counter.value} {o.target:,}" for o in quest.objectives) for quest in quests]
    tell_table(
        ("quest", "kind", "asks for", "XP", "points"),
        [(q.name, q.kind.value, for_, q.reward.xp, q.reward.points) for q, for_ in zip(quests, asked, strict=True)],
        numbers=("XP", "points"),
    )


def show(username: Whom, *, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """Say how far somebody is with the quests that run for them, and with earlier ones that they can still claim."""
    with opened(database_url) as sparkle:
        person = person_named(sparkle, username)
        quests = sparkle.run(QuestsOf(user_id=person.id), actor=operator())
    if json:
        tell_json([asdict(quest) for quest in quests])
    elif not quests:
        tell(f"No quest runs for {person.username} now.")
    else:
        tell_table(
            ("quest", "period", "state", "done", "until", "claim until"),
            [(q.name, str(q.period), q.state.value, _done(q), minute(q.ends_at), minute(q.expires_at)) for q in quests],
        )


def _done(quest: QuestView) -> str:
    """What they have done of each objective; of a community's goal, everybody together before them."""
    own = [f"{o.counter.value} {o.have:,}/{o.need:,}" for o in quest.objectives]
    return ", ".join([f"together {quest.together.have:,}/{quest.together.need:,}", *own] if quest.together else own)

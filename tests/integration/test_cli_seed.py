"""The demo community: lively, the same for the same seed, made by the same commands as anything else."""

import base64
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from sparkle_bootstrap import Sparkle
from sparkle_cli.demo import plan as deeds
from sparkle_cli.demo.plan import Plan, planned
from sparkle_core.application.accounts import ChangeStatus, LogIn, Register, SearchPeople
from sparkle_core.application.content import CommentsOf, LatestPosts, PostById
from sparkle_core.application.economy import ProveLedger
from sparkle_core.application.kernel.outbox import OUTBOX, Delivery
from sparkle_core.application.moderation import OpenCases
from sparkle_core.application.progression import ProgressOf, XpHistory
from sparkle_core.domain.kernel.actors import SYSTEM, Status
from sparkle_core.domain.kernel.fields import Secret
from sparkle_core.domain.kernel.stored import eq
from sparkle_core.domain.progression import ArithmeticCurve
from sparkle_core.ports.people import FoundPerson
from sparkle_core.ports.store import Transaction
from tests.support.commands import CommandLine

PEOPLE = 20


@frozen
class Seeded:
    """A seeded database, and what the command said."""

    command_line: CommandLine
    told: dict[str, Any]
    sparkle: Sparkle


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeded]:
    folder = tmp_path_factory.mktemp("seeded")
    command_line = CommandLine(folder)
    said = command_line("seed", "--people", str(PEOPLE), "--seed", "7", "--json")
    assert said.code == 0, said.err
    with command_line.opened() as sparkle:
        yield Seeded(command_line, said.json, sparkle)


def test_everybody_is_there_and_the_books_hold(seeded: Seeded) -> None:
    done = seeded.told["done"]
    assert done["people"] == PEOPLE
    assert len(people_of(seeded.sparkle)) == PEOPLE
    proof = seeded.sparkle.run(ProveLedger(), actor=SYSTEM)
    assert proof.holds, proof.faults
    assert proof.transfers >= PEOPLE + done["tips"]  # a welcome bonus each, the tips, and what levels paid


def test_those_whose_logins_are_told_can_log_in(seeded: Seeded) -> None:
    password = Secret(seeded.told["password"])
    for email in seeded.told["logins"].values():
        assert seeded.sparkle.run(LogIn(email=email, password=password)).token
    seeded.sparkle.run_coroutine(seeded.sparkle.drain())  # the seeding's own events are what is looked at below


def test_everybodys_xp_is_the_sum_of_its_entries_and_the_level_follows(seeded: Seeded) -> None:
    for person in people_of(seeded.sparkle):
        progress = seeded.sparkle.run(ProgressOf(user_id=person.id))
        entries = seeded.sparkle.run(XpHistory(user_id=person.id, limit=100), actor=SYSTEM).items
        assert sum(e.amount for e in entries) == progress.xp >= 30
        assert ArithmeticCurve().level_at(progress.xp) == progress.level


def test_the_feed_reads_like_one(seeded: Seeded) -> None:
    posts = seeded.sparkle.run(LatestPosts(limit=100)).items
    assert len(posts) == seeded.told["done"]["posts"] > PEOPLE
    assert len({p.title for p in posts}) == len(posts)
    assert {p.kind.value for p in posts} == {"ARTICLE", "DISCUSSION", "QUESTION"}
    bodies = [seeded.sparkle.run(PostById(post_id=p.id)).content.body.to_text() for p in posts]
    assert len(set(bodies)) == len(bodies)
    assert not [b for b in bodies if "{" in b or "lorem" in b.lower() or len(b) < 80]
    depths = Counter(c.depth for p in posts for c in seeded.sparkle.run(CommentsOf(post_id=p.id)).items)
    assert depths[1] > 20
    assert depths[2] > 3


def test_it_happened_over_the_last_thirty_days(seeded: Seeded) -> None:
    instants = [p.created_at for p in seeded.sparkle.run(LatestPosts(limit=100)).items]
    now = datetime.now(UTC)
    assert now - timedelta(days=31) < min(instants) < now - timedelta(days=15)
    assert now - timedelta(days=10) < max(instants) < now


def test_moderators_have_decided_one_case_and_have_others_waiting(seeded: Seeded) -> None:
    assert seeded.told["done"]["decisions"] == 1
    assert seeded.told["done"]["reports"] == 2
    waiting = seeded.sparkle.run(OpenCases(), actor=SYSTEM).items
    assert len(waiting) == 2


def test_nothing_is_left_for_the_worker(seeded: Seeded) -> None:
    async def left(tx: Transaction) -> list[str]:
        waiting = [await tx.records.find(OUTBOX, eq("delivery", d)) for d in (Delivery.PENDING, Delivery.PARKED)]
        return [message.topic for messages in waiting for message in messages]

    assert seeded.sparkle.run_coroutine(seeded.sparkle.store.read(left)) == []


def test_seeding_twice_is_refused_and_changes_nothing(seeded: Seeded) -> None:
    before = seeded.sparkle.run(ProveLedger(), actor=SYSTEM)
    again = seeded.command_line("seed", "--people", "5", "--seed", "8", "--json")
    assert again.code == 6
    assert again.error["code"] == "seeded_already"
    assert seeded.sparkle.run(ProveLedger(), actor=SYSTEM) == before
    assert len(people_of(seeded.sparkle)) == PEOPLE


def test_somebody_real_keeps_their_name(tmp_path: Path) -> None:
    command_line = CommandLine(tmp_path)
    plan = planned(4, 1, member="demo", moderator="demo_mod")
    taken = plan.people[3].username
    with command_line.opened() as sparkle:
        password = Secret("Corr3ct-horse-battery")
        me = sparkle.run(Register(email="me@example.org", username=taken, password=password, agree_to_terms=True))
        sparkle.run(ChangeStatus(user_id=me.id, status=Status.ACTIVE, reason="in person"), actor=SYSTEM)
    assert command_line("seed", "--people", "4", "--seed", "1").code == 0
    with command_line.opened() as sparkle:
        assert sparkle.run(ProveLedger(), actor=SYSTEM).holds
        names = {p.username for p in people_of(sparkle)}
    assert len(names) == 5
    assert taken in names


def test_the_demo_is_not_for_production(tmp_path: Path) -> None:
    key = base64.b64encode(bytes(range(32))).decode()
    said = CommandLine(tmp_path)("seed", SPARKLE_ENV="production", SPARKLE_KEY=key)
    assert said.code == 4
    assert not (tmp_path / "var").exists()


def test_the_same_seed_makes_the_same_community_up() -> None:
    assert plan_of(60, 3) == plan_of(60, 3)
    assert plan_of(60, 3).deeds != plan_of(60, 4).deeds


def test_many_people_say_different_things() -> None:
    plan = plan_of(300, 2)
    assert len({p.username for p in plan.people}) == 300
    assert len({p.display_name for p in plan.people}) > 200
    titles = Counter(p.title for p in plan.posts)
    assert titles.most_common(1)[0][1] <= 2
    said = Counter(d.text for _, d in plan.deeds if isinstance(d, deeds.Say))
    assert len(said) > 0.6 * said.total()


@given(st.integers(3, 40), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_nothing_in_a_plan_happens_before_what_it_needs(people: int, seed: int) -> None:
    joined, published, said, given_away = set[int](), set[int](), set[int](), Counter[int]()
    before = timedelta(0)
    for at, deed in plan_of(people, seed).deeds:
        assert before <= at < timedelta(days=deeds.DAYS)
        before = at
        match deed:
            case deeds.Join():
                joined.add(deed.person)
            case deeds.Publish():
                assert deed.author in joined
                published.add(deed.post)
            case deeds.Say():
                assert deed.author in joined
                assert deed.post in published
                assert deed.parent is None or deed.parent in said
                said.add(deed.comment)
            case deeds.Accept():
                assert deed.comment in said
            case deeds.Like():
                assert deed.person in joined
                assert deed.post in published
                assert deed.comment is None or deed.comment in said
            case deeds.Tip():
                assert {deed.person, deed.to} <= joined
                given_away[deed.person] += deed.amount
            case deeds.Complain():
                assert deed.person in joined
                assert deed.comment in said
    assert joined == set(range(people))
    assert not given_away or max(given_away.values()) <= deeds.TIPS_AT_MOST


def plan_of(people: int, seed: int) -> Plan:
    return planned(people, seed, member="demo", moderator="demo_mod")


def people_of(sparkle: Sparkle) -> tuple[FoundPerson, ...]:
    return sparkle.run(SearchPeople(limit=100)).items

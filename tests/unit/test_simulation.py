"""The simulation: the same seed lives the same life, profiles do what they say, measures agree with the books."""

from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, fields
from hypothesis import given
from hypothesis import strategies as st

from sparkle_bootstrap.simulating import simulated
from sparkle_core.application.accounts import Register
from sparkle_core.application.economy import BalanceOf, ProveLedger, ReverseTransfer
from sparkle_core.application.progression import ProgressOf
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts.rules import PasswordRules, SecurityRules
from sparkle_core.domain.economy.ledger import ISSUANCE
from sparkle_core.domain.economy.rules import EconomyRules, TradingRules
from sparkle_core.domain.kernel.actors import SYSTEM
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.fields import Secret
from sparkle_core.domain.progression import ProgressionRules
from sparkle_core.domain.progression.criteria import CounterName
from sparkle_core.domain.progression.quests import Objective, Quest, QuestKind
from sparkle_core.domain.progression.rewards import Reward
from sparkle_simulation import living, profiles
from sparkle_simulation.living import Community
from sparkle_simulation.measuring import SINKS, Measures, Report, gini
from sparkle_simulation.profiles import Population, Profile
from sparkle_simulation.running import Plan, simulate
from sparkle_simulation.schedule import DAY_MS, arrivals, deeds_of
from sparkle_simulation.tables import BANDS, banded, calls_made, growth, tables

PLAN = Plan(people=60, days=8, seed=7)
NOBODY = Profile(share=0)


def only(**lived: Profile) -> Population:
    """A population in which nobody lives by any other profile."""
    everybody: dict[str, Any] = {**dict.fromkeys(Population().profiles, NOBODY), **lived}
    return evolve(Population(first_day_percent=100), **everybody)


def lived(population: Population, people: int, days: int = 6, rules: Rules | None = None) -> Community:
    """A community some days on."""
    stage = simulated(7, rules)
    community = Community(stage, population, 7, Measures(stage.sparkle.rules.progression))
    community.open_store()
    for parties in arrivals(population, people, days, 7):
        community.live_day(parties, lambda _: None)
    return community


@pytest.fixture(scope="module")
def report() -> Report:
    return simulate(PLAN, Rules())


@pytest.fixture(scope="module")
def busy() -> Community:
    """A community in which everything there is to do is done often."""
    everything = dict.fromkeys(profiles.HABITS, 30)
    return lived(only(regular=Profile(share=1, **everything)), people=25)


def test_the_same_seed_lives_the_same_life(report: Report) -> None:
    assert simulate(PLAN, Rules()) == report


def test_another_seed_lives_another_one(report: Report) -> None:
    assert simulate(evolve(PLAN, seed=8), Rules()).days != report.days


def test_progress_is_told_up_to_the_last_day() -> None:
    told: list[float] = []
    simulate(Plan(people=300, days=2), Rules(), progress=told.append)
    assert all(before <= after for before, after in pairwise(told))
    assert told[-1] == 2
    assert any(part % 1 for part in told)


@pytest.mark.parametrize(
    ("field", "wrong"), [("people", 0), ("people", 100_001), ("days", 0), ("days", 731), ("seed", -1)]
)
def test_a_plan_that_cannot_be_is_refused(field: str, wrong: int) -> None:
    with pytest.raises(Invalid) as refused:
        Plan(**{"people": 200, "days": 30, "seed": 1, field: wrong})  # type: ignore[arg-type]
    assert [fault.path for fault in refused.value.faults] == [field]


def test_one_person_can_live_for_one_day() -> None:
    alone = simulate(Plan(people=1, days=1), Rules())
    assert [day.people for day in alone.days] == [1]
    assert growth(alone.days) == 0.0
    assert tables([alone])


def test_everything_there_is_to_do_is_done_and_nearly_all_of_it_allowed(busy: Community) -> None:
    done = {request for (request, outcome), many in busy.stage.calls.items() if outcome == "ok" and many}
    assert done >= {
        "Register", "VerifyEmail", "PublishPost", "Comment", "React", "Unreact", "AcceptAnswer", "SendTip", "BuyItem",
        "RefundPurchase", "MakeOffer", "AcceptOffer", "DeclineOffer", "AwardXp", "ReverseXp",
    }  # fmt: skip
    assert not [call for call in busy.stage.calls if call[1] in ("crashed", "invalid", "unauthenticated")]


def test_the_measures_agree_with_the_books(busy: Community) -> None:
    run, measures = busy.stage.sparkle.run, busy.measures
    assert run(ProveLedger(), actor=SYSTEM).holds
    levels: Counter[int] = Counter()
    for agent in busy.agents["regular"]:
        assert run(BalanceOf(user_id=agent.id), actor=SYSTEM).available == measures.points(agent.id)
        levels[run(ProgressOf(user_id=agent.id)).level] += 1
    assert measures.days[-1].levels == dict(sorted(levels.items()))
    assert measures.days[-1].people == levels.total()


def test_what_is_issued_and_not_spent_is_the_supply_of_every_day(busy: Community) -> None:
    supply = 0
    for day in busy.measures.days:
        supply += sum(day.issued.values()) - sum(day.spent.values())
        assert day.supply == supply > 0
    platform = sum(busy.measures.balances[account] for account in (ISSUANCE.id, *SINKS))
    assert platform == -supply


def test_refunds_take_off_what_was_spent() -> None:
    buying = {"purchases": 90}
    kept = lived(only(regular=Profile(share=1, **buying)), people=12)
    returned = lived(only(regular=Profile(share=1, **buying, refunds=90)), people=12)
    assert returned.stage.calls["RefundPurchase", "ok"] > 5
    assert "refund" not in {kind for day in returned.measures.days for kind in (*day.spent, *day.issued, *day.moved)}
    spent = [sum(day.spent.get("purchase", 0) for day in c.measures.days) for c in (kept, returned)]
    assert 0 <= spent[1] < spent[0]


def test_quests_are_counted_by_name_also_those_that_pay_points_alone_or_that_nobody_completes() -> None:
    rules = ProgressionRules(
        quests=(
            a_quest("greet", QuestKind.DAILY, 1, Reward(points=3)),
            a_quest("chat", QuestKind.ONE_OFF, 2, Reward(xp=4)),
            a_quest("recite", QuestKind.ONE_OFF, 100, Reward(points=9)),
        )
    )
    talking = only(regular=Profile(share=1, posts=30, comments=60, claims=60))
    community = lived(talking, people=8, rules=Rules(progression=rules))
    measures = community.measures
    greet, chat, recite = measures.report("", Counter()).quests
    assert (greet.quest, chat.quest, recite.quest) == ("greet", "chat", "recite")
    assert 8 >= greet.people > 4
    assert greet.claims > greet.people
    assert sum(day.issued.get("quest", 0) for day in measures.days) == 3 * greet.claims
    assert chat.claims == chat.people > 4
    assert measures.xp["quest"] == 4 * chat.claims
    assert (recite.claims, recite.people) == (0, 0)


def a_quest(name: str, kind: QuestKind, comments: int, reward: Reward) -> Quest:
    asked = Objective(counter=CounterName.COMMENTS_POSTED, target=comments)
    return Quest(name=name, title="Talk", kind=kind, objectives=(asked,), reward=reward)


def newcomer(name: str, email: str) -> Register:
    return Register(email=email, username=name, password=Secret("Corr3ct-horse-battery"), agree_to_terms=True)


def test_a_welcome_bonus_taken_back_was_not_issued() -> None:
    stage = simulated(7)
    ada = stage.sparkle.run(newcomer("ada", "ada@example.org"))
    measures = Measures(stage.sparkle.rules.progression)
    measures.join(ada.id, "regular", stage.world.now)
    back = ReverseTransfer(namespace="welcome_bonus", key=str(ada.id), amount=40, reason="Paid by mistake.")
    stage.sparkle.run(back, actor=SYSTEM, key="back")
    measures.move(stage.journal.transfers())
    assert measures.points(ada.id) == 60
    day = measures.end_day()
    assert (day.issued, day.supply) == ({"welcome_bonus": 60}, 60)


def test_lurkers_leave_nothing_to_read() -> None:
    calls = lived(only(lurker=evolve(Population().lurker, share=1, purchases=30)), people=10).stage.calls
    assert not {request for request, _ in calls} & {"PublishPost", "Comment", "React", "SendTip"}
    assert calls["BuyItem", "ok"]


@pytest.mark.parametrize(("shortest", "longest"), [(12, 12), (60, 64), (300, 1_024)])
def test_people_join_whatever_length_of_password_the_rules_want(shortest: int, longest: int) -> None:
    security = SecurityRules(password=PasswordRules(min_length=shortest, max_length=longest))
    assert simulate(Plan(people=3, days=1), Rules(security=security)).days[-1].people == 3


def test_farmers_earn_more_xp_than_regulars() -> None:
    both = only(regular=evolve(Population().regular, share=1), farmer=evolve(Population().farmer, share=1))
    levels = {s.profile: s.mean_level for s in lived(both, people=16).measures.report("", Counter()).profiles}
    assert levels["farmer"] > levels["regular"]


def test_a_ring_acts_on_itself_alone_and_is_paid_for_its_referrals() -> None:
    ring = evolve(Population().cheat_ring, share=1, ring=4)
    community = lived(only(cheat_ring=ring, regular=evolve(Population().regular, share=1)), people=16, days=9)
    rings = {id(agent.ring): agent.ring for agent in community.agents["cheat_ring"] if agent.ring}
    assert [len(r.members) for r in rings.values()] == [4, 4]
    for r in rings.values():
        assert {post.author for post in r.posts} <= set(r.members)
    assert all(author.ring is None or author.ring is post.author.ring for post, author in commented(community))
    assert community.measures.days[7].issued["referral"] == 2 * 3 * Rules().economy.referral_bonus


def commented(community: Community) -> list[tuple[living.Posted, living.Agent]]:
    posts = {id(post): post for noticed in community._posted for post in noticed}
    return [(post, author) for post in posts.values() for _, author in post.comments]


def test_both_sets_of_rules_are_lived_under_by_the_same_people_who_write_the_same(report: Report) -> None:
    strict = Rules(
        progression=ProgressionRules(points_per_level=0), economy=EconomyRules(trading=TradingRules(fee_percent=50))
    )
    other = simulate(PLAN, strict)
    for request in ("Register", "PublishPost", "Comment"):
        assert other.calls[request] == report.calls[request]
    assert [day.levels for day in other.days] == [day.levels for day in report.days]
    assert any("level_reward" in day.issued for day in report.days)
    assert not any("level_reward" in day.issued for day in other.days)


def test_every_habit_is_a_rate_of_profiles_and_something_done() -> None:
    assert tuple(living.HABITS) == profiles.HABITS
    assert {a.name for a in fields(Profile)} > set(profiles.HABITS)


@given(people=st.integers(1, 3_000), days=st.integers(1, 40), seed=st.integers(0, 9))
def test_everybody_arrives_once_in_a_whole_party(people: int, days: int, seed: int) -> None:
    population = Population()
    shared = population.shared_out(people)
    assert sum(shared.values()) == people
    by_day = arrivals(population, people, days, seed)
    assert len(by_day) == days
    arrived: Counter[str] = Counter()
    for parties in by_day:
        for name, many in parties:
            arrived[name] += many
            assert 1 <= many <= (population.profiles[name].ring or 1)
    assert arrived == Counter({name: many for name, many in shared.items() if many})


def test_deeds_come_in_order_by_those_present_as_often_as_their_profile_says() -> None:
    population = only(lurker=Profile(share=1, likes=30, tips=3))
    days = [deeds_of(population, {"lurker": 100}, day, seed=7) for day in range(1, 31)]
    for deeds in days:
        assert deeds == sorted(deeds)
        assert all(0 <= deed.at_ms < DAY_MS and 0 <= deed.who < 100 for deed in deeds)
    done = Counter(deed.habit for deeds in days for deed in deeds)
    assert abs(done["likes"] - 3_000) < 5 * 3_000**0.5  # of a Poisson number, five standard deviations
    assert abs(done["tips"] - 300) < 5 * 300**0.5
    assert deeds_of(population, {}, 1, seed=7) == []


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=40))
def test_gini_is_from_0_to_less_than_1_and_the_same_for_ten_times_the_points(balances: list[int]) -> None:
    found = gini(balances)
    assert 0 <= found < 1
    assert gini([10 * balance for balance in balances]) == found
    assert gini(balances[::-1]) == found
    assert gini([balances[0]] * len(balances)) == 0


@given(st.dictionaries(st.integers(1, 10**6), st.integers(0, 99)))
def test_every_level_is_in_one_band(levels: dict[int, int]) -> None:
    assert sum(banded(levels)) == sum(levels.values())
    assert all(before[1] + 1 == after[0] for before, after in pairwise(BANDS))


def test_a_population_says_only_what_differs(tmp_path: Path) -> None:
    file = tmp_path / "people.toml"
    file.write_text('[whale]\nshare = 9\n[[store]]\nname = "Star"\nkind = "BADGE"\nprice = 5\n')
    population = Population.load(file)
    assert population.whale == evolve(Population().whale, share=9)
    assert population.regular == Population().regular
    assert [(terms.name, terms.price) for terms in population.store] == [("Star", 5)]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[whale]\nlikes = -1\n", "whale.likes"),
        ("[whale]\nring = 1\n", "whale.ring"),
        ("[shark]\nlikes = 1\n", "shark"),
        ("".join(f"[{name}]\nshare = 0\n" for name in Population().profiles), "share"),
    ],
)
def test_a_wrong_population_is_refused_by_line_and_key(tmp_path: Path, text: str, fault: str) -> None:
    file = tmp_path / "people.toml"
    file.write_text(text)
    with pytest.raises(Invalid) as refused:
        Population.load(file)
    assert [f.path.rpartition(" ")[2] for f in refused.value.faults] == [fault]
    assert refused.value.faults[0].path.startswith(str(file))


def test_what_was_lived_is_counted_with_what_reactions_asked_for(report: Report) -> None:
    assert calls_made(report) == sum(sum(outcomes.values()) for outcomes in report.calls.values())
    assert report.calls["AwardXp"]["ok"] > report.calls["PublishPost"]["ok"]

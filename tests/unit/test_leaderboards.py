"""Leaderboards: what counts on them, when, once, and who shows."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.support.children import agree, child, minor_of
from tests.support.people import Somebody, member, newcomer
from tests.support.writing import publish

from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import ChangeStatus, DeleteAccount, EditProfile, VerifyEmail
from sparkle_core.application.content import React, Unreact
from sparkle_core.application.economy import BuyItem, CreateItem, RefundPurchase, ReverseTransfer, SendTip
from sparkle_core.application.leaderboards import ForgetBoards, LeaderboardOf, MyRank
from sparkle_core.application.progression import AwardXp, ReverseXp
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import SYSTEM, Status
from sparkle_core.domain.economy.items import ItemKind, ItemTerms
from sparkle_core.domain.kernel.actors import Minor
from sparkle_core.domain.kernel.errors import Forbidden, Invalid, NotFound, Unauthenticated
from sparkle_core.domain.kernel.ids import made_at
from sparkle_core.domain.leaderboards import (
    LeaderboardRules,
    Listed,
    Metric,
    Period,
    Quarters,
    Season,
    board_at,
    board_named,
    boards_at,
    week_of,
)

THURSDAY = datetime(2026, 1, 1, 12, tzinfo=UTC)  # on which a seeded world begins


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=7)


def passes(sparkle: Sparkle, by: timedelta) -> None:
    assert isinstance(sparkle.world, SeededWorld)
    sparkle.world.advance(by)


def award(sparkle: Sparkle, who: Somebody, amount: int, subject: str = "launch") -> None:
    sparkle.run(AwardXp(user_id=who.id, amount=amount, source="gift", subject=subject), actor=SYSTEM)


def told(
    sparkle: Sparkle, metric: Metric = Metric.XP, period: Period = Period.ALL_TIME, span: str | None = None
) -> list[tuple[str, int]]:
    """Who is on a board, with how much."""
    page = sparkle.run(LeaderboardOf(metric=metric, period=period, span=span))
    assert [row.rank for row in page.items] == list(range(1, len(page.items) + 1))
    return [(row.username, row.score) for row in page.items]


# what counts


def test_xp_counts_on_the_boards_of_all_time_season_month_and_week(
    sparkle: Sparkle, ada: Somebody, bob: Somebody
) -> None:
    award(sparkle, bob, 70)
    for period in Period:
        assert told(sparkle, period=period) == [("bob", 100), ("ada", 30)]  # 30 for joining


def test_what_is_taken_back_goes_from_the_boards_of_the_time_it_is_taken_back(sparkle: Sparkle, ada: Somebody) -> None:
    award(sparkle, ada, 70)
    passes(sparkle, timedelta(days=7))
    award(sparkle, ada, 5, "another")
    sparkle.run(ReverseXp(user_id=ada.id, source="gift", subject="launch"), actor=SYSTEM)
    assert told(sparkle) == [("ada", 35)]
    assert told(sparkle, period=Period.WEEK) == []  # 5 less 70
    assert told(sparkle, period=Period.WEEK, span="2026-W01") == [("ada", 100)]


def test_a_new_week_month_and_season_begin_with_nobody(sparkle: Sparkle, ada: Somebody) -> None:
    passes(sparkle, timedelta(days=90))
    assert sparkle.world.moment().now.date() == date(2026, 4, 1)
    assert [told(sparkle, period=p) for p in Period] == [[("ada", 30)], [], [], []]
    assert told(sparkle, period=Period.MONTH, span="2026-01") == [("ada", 30)]
    assert told(sparkle, period=Period.SEASON, span="2026-Q1") == [("ada", 30)]


def test_likes_by_others_count_and_go_when_taken_back(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    post = publish(sparkle, ada)
    for fan in (ada, bob):
        sparkle.run(React(target_id=post), actor=fan.actor)
    sparkle.run(React(target_id=post, reaction="LOVE"), actor=bob.actor)
    assert told(sparkle, Metric.LIKES, Period.WEEK) == [("ada", 1)]
    sparkle.run(Unreact(target_id=post), actor=bob.actor)
    assert told(sparkle, Metric.LIKES, Period.WEEK) == []


def test_points_are_what_the_platform_pays(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    award(sparkle, bob, 70)  # level 2 pays 20
    assert told(sparkle, Metric.POINTS) == [("bob", 120), ("ada", 100)]


def test_two_friends_do_not_rise_by_tipping_one_another(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    """Stops 100 points that go back and forth all day from being thousands earned."""
    for _ in range(5):
        sparkle.run(SendTip(to=ada.id, amount=50), actor=bob.actor)
        tip = sparkle.run(SendTip(to=bob.id, amount=50), actor=ada.actor)
    assert told(sparkle, Metric.POINTS) == [("ada", 100), ("bob", 100)]
    take = ReverseTransfer(namespace=tip.namespace, key=tip.key, amount=50, reason="a mistake")
    sparkle.run(take, actor=SYSTEM)
    assert told(sparkle, Metric.POINTS) == [("ada", 100), ("bob", 100)]


def test_what_is_only_moved_or_given_back_is_not_earned(sparkle: Sparkle, ada: Somebody) -> None:
    terms = ItemTerms(name="Star", kind=ItemKind.BADGE, price=30, refund_hours=24)
    star = sparkle.run(CreateItem(terms=terms), actor=SYSTEM)
    bought = sparkle.run(BuyItem(item_id=star.id), actor=ada.actor)
    take = ReverseTransfer(namespace="purchase", key=str(bought.id), amount=1, reason="a mistake")
    sparkle.run(take, actor=SYSTEM)
    assert told(sparkle, Metric.POINTS) == [("ada", 100)]
    bought = sparkle.run(BuyItem(item_id=star.id), actor=ada.actor)
    sparkle.run(RefundPurchase(purchase_id=bought.id), actor=ada.actor)
    assert told(sparkle, Metric.POINTS) == [("ada", 100)]


def test_what_is_given_back_and_then_to_them_again_was_earned_after_all(sparkle: Sparkle, ada: Somebody) -> None:
    namespace, key = "welcome_bonus", str(ada.id)
    scores = []
    for _ in range(3):
        take = ReverseTransfer(namespace=namespace, key=key, amount=10, reason="a mistake")
        reversal = sparkle.run(take, actor=SYSTEM)
        namespace, key = reversal.namespace, reversal.key
        scores.append(told(sparkle, Metric.POINTS))
    assert scores == [[("ada", 90)], [("ada", 100)], [("ada", 90)]]


def test_everything_acted_on_again_counts_nothing_twice() -> None:
    """A worker killed before it wrote down that it had acted: its lease runs out, and somebody acts again."""
    late = in_memory(seed=7, inline=False)
    eve = newcomer(late, "eve")
    late.run_coroutine(late.drain())
    late.run(VerifyEmail(email=eve.email, code=late.mailbox.latest(eve.email).code))
    award(late, eve, 70)
    messages = late.run_coroutine(late.relay._leased(100))
    for _ in range(2):
        for message in messages:
            late.run_coroutine(late.relay._dispatch(message))
    assert told(late) == [("eve", 100)]
    assert told(late, Metric.POINTS) == [("eve", 120)]  # 20 for a level


def test_what_is_acted_on_late_counts_for_the_week_it_happened_in() -> None:
    late = in_memory(seed=7, inline=False)
    eve = newcomer(late, "eve")
    late.run_coroutine(late.drain())
    late.run(VerifyEmail(email=eve.email, code=late.mailbox.latest(eve.email).code))
    passes(late, timedelta(days=8))
    late.run_coroutine(late.drain())
    assert told(late, period=Period.WEEK) == []
    assert told(late, period=Period.WEEK, span="2026-W01") == [(eve.username, 30)]


def test_xp_that_the_worker_gives_late_counts_for_the_week_of_what_earned_it() -> None:
    """Stops a worker that is behind on a Sunday night from giving this week's XP to the next one."""
    late = in_memory(seed=7, inline=False)
    ada, bob = newcomer(late, "ada"), newcomer(late, "bob")
    late.run_coroutine(late.drain())
    for who in (ada, bob):
        late.run(VerifyEmail(email=who.email, code=late.mailbox.latest(who.email).code))
    passes(late, timedelta(days=3, hours=11))
    post = publish(late, ada)
    late.run(React(target_id=post), actor=bob.actor)
    passes(late, timedelta(days=1))
    late.run(Unreact(target_id=post), actor=bob.actor)
    late.run_coroutine(late.drain())
    awards = late.rules.progression.awards
    liked = 30 + awards.post_published + awards.like_received
    assert told(late, period=Period.WEEK, span="2026-W01") == [("ada", liked), ("bob", 30)]
    assert told(late, period=Period.WEEK) == []  # the like was taken back on Monday
    assert told(late) == [("ada", liked - awards.like_received), ("bob", 30)]


# who shows


def test_the_banned_and_those_who_left_do_not_show_and_the_others_move_up(
    sparkle: Sparkle, ada: Somebody, bob: Somebody
) -> None:
    eve = member(sparkle, "eve")
    award(sparkle, eve, 1)
    sparkle.run(ChangeStatus(user_id=eve.id, status=Status.BANNED, reason="spam"), actor=SYSTEM)
    sparkle.run(DeleteAccount(), actor=evolve(ada.actor, proved_at=sparkle.world.moment().now))
    award(sparkle, eve, 10, "while banned")
    assert told(sparkle) == [("bob", 30)]
    assert sparkle.run(MyRank(metric=Metric.XP), actor=bob.actor).listed == 1
    sparkle.run(ChangeStatus(user_id=eve.id, status=Status.ACTIVE, reason="a mistake"), actor=SYSTEM)
    assert told(sparkle) == [("eve", 41), ("bob", 30)]


def test_a_suspended_person_shows(sparkle: Sparkle, ada: Somebody) -> None:
    sparkle.run(ChangeStatus(user_id=ada.id, status=Status.SUSPENDED, reason="rude", days=2), actor=SYSTEM)
    assert told(sparkle) == [("ada", 30)]


def test_a_ban_that_was_not_acted_on_yet_hides_all_the_same() -> None:
    late = in_memory(seed=7, inline=False)
    eve = newcomer(late, "eve")
    late.run_coroutine(late.drain())
    late.run(VerifyEmail(email=eve.email, code=late.mailbox.latest(eve.email).code))
    late.run_coroutine(late.drain())
    assert told(late) == [("eve", 30)]
    late.run(ChangeStatus(user_id=eve.id, status=Status.BANNED, reason="spam"), actor=SYSTEM)
    assert told(late) == []


def test_who_never_proved_their_address_shows_once_they_do(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops boards from filling with accounts of nobody; what they had until then is theirs, on every board."""
    eve = newcomer(sparkle, "eve")
    award(sparkle, eve, 20)
    assert (told(sparkle), told(sparkle, Metric.POINTS)) == ([("ada", 30)], [("ada", 100)])
    sparkle.run(VerifyEmail(email=eve.email, code=sparkle.mailbox.latest(eve.email).code))
    assert told(sparkle) == [("eve", 50), ("ada", 30)]
    assert told(sparkle, Metric.POINTS) == [("ada", 100), ("eve", 100)]


def test_a_child_shows_on_no_board_until_the_birthday_and_then_on_all(sparkle: Sparkle, ada: Somebody) -> None:
    """With consent or without; the birthday comes by the clock, with nothing that counts on that day."""
    kid = child(sparkle)
    for _ in range(2):
        award(sparkle, kid, 40, f"{minor_of(sparkle, kid)}")
        assert told(sparkle) == [("ada", 30)]
        assert told(sparkle, Metric.POINTS) == [("ada", 100)]
        assert sparkle.run(MyRank(metric=Metric.XP), actor=kid.actor).rank is None
        if minor_of(sparkle, kid) is Minor.WITHOUT_CONSENT:
            agree(sparkle)
    passes(sparkle, timedelta(days=364))
    sparkle.run_coroutine(sparkle.drain())
    assert told(sparkle) == [("ada", 30)]
    passes(sparkle, timedelta(days=1))
    sparkle.run_coroutine(sparkle.drain())
    assert told(sparkle) == [("kid", 110), ("ada", 30)]
    assert told(sparkle, Metric.POINTS) == [("kid", 120), ("ada", 100)]


def test_a_child_who_moves_west_shows_by_the_clock_there(sparkle: Sparkle, ada: Somebody) -> None:
    kid = child(sparkle)
    agree(sparkle)
    sparkle.run(EditProfile(time_zone="Pacific/Pago_Pago"), actor=kid.actor)  # 11 hours behind
    passes(sparkle, timedelta(days=364, hours=13))
    sparkle.run_coroutine(sparkle.drain())
    assert (minor_of(sparkle, kid), told(sparkle)) == (Minor.WITH_CONSENT, [("ada", 30)])
    passes(sparkle, timedelta(hours=11))
    sparkle.run_coroutine(sparkle.drain())
    assert dict(told(sparkle)) == {"ada": 30, "kid": 30}


# reading


def test_my_rank_with_neighbours(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    eve = member(sparkle, "eve")
    award(sparkle, eve, 1)
    mine = sparkle.run(MyRank(metric=Metric.XP, neighbours=1), actor=ada.actor)
    assert (mine.rank, mine.score, mine.listed, mine.span) == (2, 30, 3, "ever")
    assert [(row.rank, row.username) for row in mine.around] == [(1, "eve"), (2, "ada"), (3, "bob")]
    mine = sparkle.run(MyRank(metric=Metric.LIKES, period=Period.WEEK), actor=ada.actor)
    assert (mine.rank, mine.score, mine.listed, mine.span, mine.around) == (None, None, 0, "2026-W01", ())
    with pytest.raises(Unauthenticated):
        sparkle.run(MyRank(metric=Metric.XP))


def test_pages_go_on_where_the_last_one_ended(sparkle: Sparkle) -> None:
    for n in range(5):
        member(sparkle, f"fan{n}")
    first = sparkle.run(LeaderboardOf(metric=Metric.XP, limit=2))
    second = sparkle.run(LeaderboardOf(metric=Metric.XP, limit=2, after=first.next))
    third = sparkle.run(LeaderboardOf(metric=Metric.XP, limit=2, after=second.next))
    rows = [*first.items, *second.items, *third.items]
    assert [(row.rank, row.username) for row in rows] == [(n + 1, f"fan{n}") for n in range(5)]
    assert third.next is None
    with pytest.raises(Invalid, match="belongs to another list"):
        sparkle.run(LeaderboardOf(metric=Metric.LIKES, after=first.next))


@pytest.mark.parametrize(
    ("period", "span", "says"),
    [
        (Period.ALL_TIME, "2026", "must be ever"),
        (Period.MONTH, "2026-13", "must be a month such as 2026-11"),
        (Period.WEEK, "2026-W54", "must be an ISO week such as 2026-W48"),
        (Period.SEASON, "2026-Q5", "is not a season's name"),
        (Period.MONTH, "２０２６-11", "must be a month"),
        (Period.MONTH, "2026-1", "must be a month"),
        (Period.MONTH, "2026-00", "must be a month"),
        (Period.MONTH, "0000-01", "must be a month"),
        (Period.WEEK, "２０２６-W48", "must be an ISO week"),
        (Period.WEEK, "2026-W00", "must be an ISO week"),
        (Period.WEEK, "2027-W53", "must be an ISO week"),
        (Period.WEEK, "0000-W01", "must be an ISO week"),
        (Period.SEASON, "２０２６-Q4", "is not a season's name"),
        (Period.SEASON, "0000-Q1", "is not a season's name"),
    ],
)
def test_a_span_of_another_kind_is_named(sparkle: Sparkle, period: Period, span: str, says: str) -> None:
    with pytest.raises(Invalid, match=f"span: {says}"):
        sparkle.run(LeaderboardOf(metric=Metric.XP, period=period, span=span))


@given(st.datetimes(timezones=st.just(UTC), max_value=datetime(9999, 9, 30)))
def test_the_span_of_any_instant_is_one_that_can_be_asked_for(at: datetime) -> None:
    for board in boards_at(Metric.XP, at, RULES):
        assert board_named(Metric.XP, board.period, board.span, RULES) == evolve(board, ends_at=None)


def test_boards_are_kept_as_long_as_the_rules_say(sparkle: Sparkle, ada: Somebody) -> None:
    with pytest.raises(Forbidden):
        sparkle.run(ForgetBoards(), actor=ada.actor)
    passes(sparkle, timedelta(days=405))
    sparkle.run_coroutine(sparkle.tidy_up())
    assert told(sparkle, period=Period.WEEK, span="2026-W01") == []
    assert told(sparkle, period=Period.MONTH, span="2026-01") == [("ada", 30)]  # ended four weeks later
    assert told(sparkle) == [("ada", 30)]


# periods


RULES = LeaderboardRules()


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 6, 30), timezones=st.just(UTC)))
def test_an_instant_is_on_four_boards_that_end_after_it(at: datetime) -> None:
    boards = boards_at(Metric.XP, at, RULES)
    assert [b.period for b in boards] == list(Period)
    assert boards[0].ends_at is None
    assert all(b.ends_at is not None and b.ends_at > at for b in boards[1:])
    for board in boards[1:]:
        assert board.ends_at is not None
        last = board_at(Metric.XP, board.period, board.ends_at - timedelta(microseconds=1), RULES)
        following = board_at(Metric.XP, board.period, board.ends_at, RULES)
        assert last == board
        assert following is not None
        assert following.span > board.span  # names sort as their times do


def test_a_year_has_the_weeks_that_iso_gives_it() -> None:
    days = [datetime(2027, 1, 3, tzinfo=UTC), datetime(2027, 1, 4, tzinfo=UTC)]
    assert [week_of(day) for day in days] == ["2026-W53", "2027-W01"]


def listed(*seasons: tuple[str, date, date]) -> Listed:
    return Listed(seasons=tuple(Season(name=n, starts_on=a, ends_on=b) for n, a, b in seasons))


SPRING, BREAK, SUMMER = date(2026, 3, 1), date(2026, 5, 1), date(2026, 6, 1)


def test_seasons_can_be_listed_with_days_of_rest_between_them() -> None:
    calendar = listed(("spring", SPRING, BREAK), ("summer", SUMMER, date(2026, 9, 1)))
    days = [SPRING, date(2026, 4, 30), BREAK, SUMMER, date(2026, 9, 1)]
    seasons = [calendar.season_at(day) for day in days]
    assert [s and s.name for s in seasons] == ["spring", "spring", None, "summer", None]
    sparkle = in_memory(seed=7, rules=Rules(leaderboards=LeaderboardRules(calendar=calendar)))
    ada = member(sparkle, "ada")  # in January
    assert told(sparkle, period=Period.WEEK) == [("ada", 30)]
    with pytest.raises(NotFound, match="season at this time"):
        sparkle.run(LeaderboardOf(metric=Metric.XP, period=Period.SEASON))
    passes(sparkle, timedelta(days=60))
    award(sparkle, ada, 5)
    assert told(sparkle, period=Period.SEASON) == told(sparkle, period=Period.SEASON, span="spring") == [("ada", 5)]


def test_seasons_out_of_order_or_of_one_name_are_refused() -> None:
    with pytest.raises(Invalid, match="ends_on: must be after it starts"):
        listed(("spring", BREAK, BREAK))
    with pytest.raises(Invalid, match="seasons: must come in order"):
        listed(("summer", SUMMER, date(2026, 9, 1)), ("spring", SPRING, BREAK))
    with pytest.raises(Invalid, match="seasons: two have one name"):
        listed(("spring", SPRING, BREAK), ("spring", SUMMER, date(2026, 9, 1)))


def test_seasons_are_read_from_a_rules_file(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(
        """[leaderboards]
kept_days = 30
[leaderboards.calendar]
kind = "listed"
[[leaderboards.calendar.seasons]]
name = "spring"
starts_on = 2026-03-01
ends_on = 2026-05-01
"""
    )
    rules = Rules.load(file).leaderboards
    assert rules == LeaderboardRules(calendar=listed(("spring", SPRING, BREAK)), kept_days=30)
    assert Rules().leaderboards.calendar == Quarters()


def test_an_id_says_when_it_was_made() -> None:
    world = SeededWorld(3, start=THURSDAY)
    moment = world.moment()
    assert made_at(moment.new_id()) == moment.now
    assert made_at(UUID("019b0000-0000-7000-8000-000000000000")).year == 2025

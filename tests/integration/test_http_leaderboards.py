"""Leaderboards and leagues over HTTP."""

from collections.abc import Iterator

import pytest

from tests.integration.web_community import Community, faults_of


@pytest.fixture
def community() -> Iterator[Community]:
    found = Community()
    with found:
        yield found


def test_a_board_is_read_page_by_page_and_around_oneself(community: Community) -> None:
    ada, bob = community.member("ada"), community.member("bob")
    page = community.get("/leaderboards/xp?period=week&limit=1").json()
    assert [(row["rank"], row["username"], row["score"]) for row in page["items"]] == [(1, "ada", 30)]
    rest = community.get(f"/leaderboards/xp?period=week&limit=1&after={page['next']}").json()
    assert ([row["username"] for row in rest["items"]], rest["next"]) == (["bob"], None)
    mine = community.get("/me/leaderboards/points?neighbours=1", by=bob).json()
    assert (mine["rank"], mine["score"], mine["listed"], mine["span"]) == (2, 100, 2, "ever")
    assert [row["user_id"] for row in mine["around"]] == [str(ada.id), str(bob.id)]


def test_what_is_no_board_is_named(community: Community) -> None:
    assert "must be one of xp, points, likes" in str(faults_of(community.get("/leaderboards/fame")))
    wrong = community.get("/leaderboards/xp?period=week&span=2026-W54")
    assert faults_of(wrong) == {"span": "must be an ISO week such as 2026-W48"}
    assert community.get("/me/leaderboards/xp").status_code == 401


def test_one_reads_ones_league_and_none_where_one_has_no_seat(community: Community) -> None:
    ada = community.member("ada")
    league = community.get("/me/league", by=ada).json()
    assert (league["tier"], league["name"], league["settled"]) == (1, "Bronze", False)
    assert [(row["place"], row["username"], row["outcome"]) for row in league["rows"]] == [(1, "ada", "PROMOTED")]
    assert community.get("/me/league?week=2025-W01", by=ada).status_code == 404

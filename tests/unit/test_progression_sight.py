"""Who sees what somebody has reached: nothing is told of those whom others do not see, nor of what nobody is."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from tests.support.children import child
from tests.support.people import Somebody, being_erased, member, newcomer, proved

from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import ChangeStatus, DeleteAccount
from sparkle_core.application.kernel.commands import Query
from sparkle_core.application.progression import AchievementsOf, ProgressOf, QuestsOf, ReputationOf, TrustOf, XpHistory
from sparkle_core.domain.accounts import ANONYMOUS, SYSTEM, Actor, Role, Status
from sparkle_core.domain.kernel.errors import NotFound, SparkleError
from sparkle_core.domain.kernel.fields import UserId

REACHED: tuple[Callable[..., Query[Any]], ...] = (ProgressOf, ReputationOf, AchievementsOf)


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=7)


def unproved(sparkle: Sparkle) -> Somebody:
    return newcomer(sparkle, "ina")


def banned(sparkle: Sparkle) -> Somebody:
    ben = member(sparkle, "ben")
    sparkle.run(ChangeStatus(user_id=ben.id, status=Status.BANNED, reason="spam"), actor=SYSTEM)
    return ben


def leaving(sparkle: Sparkle) -> Somebody:
    cyd = member(sparkle, "cyd")
    sparkle.run(DeleteAccount(), actor=proved(sparkle, cyd.actor))
    return cyd


def erased(sparkle: Sparkle) -> Somebody:
    fay = member(sparkle, "fay")
    being_erased(sparkle, fay.id)
    sparkle.run_coroutine(sparkle.erase(fay.id))
    return fay


def told_of(sparkle: Sparkle, user_id: UserId, by: Actor) -> list[str]:
    """What is told of somebody: the queries that answer."""
    told = []
    for query in REACHED:
        try:
            sparkle.run(query(user_id=user_id), actor=by)
        except NotFound:
            continue
        told.append(query.__name__)
    return told


ALL = [query.__name__ for query in REACHED]


@pytest.mark.parametrize("hidden", [child, unproved, banned, leaving, erased], ids=lambda made: made.__name__)
def test_what_somebody_whom_others_do_not_see_has_reached_is_told_to_moderators_alone(
    sparkle: Sparkle, hidden: Callable[[Sparkle], Somebody]
) -> None:
    """Stops the id beside a post from telling of who has no public profile."""
    ada, mo, one = member(sparkle, "ada"), member(sparkle, "moe", Role.MODERATOR), hidden(sparkle)
    assert [told_of(sparkle, one.id, by) for by in (ANONYMOUS, ada.actor)] == [[], []]
    assert [told_of(sparkle, one.id, by) for by in (mo.actor, SYSTEM)] == [ALL, ALL]


@pytest.mark.parametrize("hidden", [child, unproved, leaving], ids=lambda made: made.__name__)
def test_they_see_what_they_have_reached_themselves(sparkle: Sparkle, hidden: Callable[[Sparkle], Somebody]) -> None:
    one = hidden(sparkle)
    assert told_of(sparkle, one.id, one.actor) == ALL


def test_everybody_sees_what_the_suspended_have_reached(sparkle: Sparkle, ada: Somebody) -> None:
    sparkle.run(ChangeStatus(user_id=ada.id, status=Status.SUSPENDED, reason="rude", days=2), actor=SYSTEM)
    assert told_of(sparkle, ada.id, ANONYMOUS) == ALL


@pytest.mark.parametrize("query", [*REACHED, XpHistory, QuestsOf, TrustOf], ids=lambda query: query.__name__)
def test_of_nobody_nothing_is_told_to_moderators_either(sparkle: Sparkle, query: Callable[..., Query[Any]]) -> None:
    mo = member(sparkle, "moe", Role.MODERATOR)
    for by in (mo.actor, SYSTEM):
        with pytest.raises(NotFound, match="person"):
            sparkle.run(query(user_id=UserId(uuid4())), actor=by)


@pytest.mark.parametrize("query", [XpHistory, QuestsOf], ids=lambda query: query.__name__)
def test_whether_there_is_somebody_is_not_told_by_what_is_their_own_business(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, query: Callable[..., Query[Any]]
) -> None:
    codes = []
    for id in (bob.id, UserId(uuid4())):
        with pytest.raises(SparkleError) as refused:
            sparkle.run(query(user_id=id), actor=ada.actor)
        codes.append(refused.value.code)
    assert codes == ["forbidden", "forbidden"]

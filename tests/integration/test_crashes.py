"""kill -9 at random moments: what was acknowledged stays, and every event takes effect exactly once.

Stops a lost commit, a half-written one, an effect without its receipt, and an event that is lost
or acted on twice when its worker dies.
"""

import random
from collections.abc import Iterator
from itertools import pairwise

import pytest

from sparkle_adapters.system import SystemWorld
from sparkle_bootstrap import Sparkle
from sparkle_core.application.accounts import Register, VerifyEmail
from sparkle_core.application.content import PublishPost
from sparkle_core.application.kernel.outbox import OUTBOX, Delivery
from sparkle_core.domain.accounts import Actor
from sparkle_core.domain.content import Discussion, RichText
from sparkle_core.testing.stories import Kept, at_any_moment, kept_by, once_settled
from tests.communities import PASSWORD, SQL_STORES, connected, fresh_database
from tests.crashing import Cast, Community, told

PEOPLE = 5


@pytest.fixture(params=SQL_STORES)
def community(request: pytest.FixtureRequest) -> Iterator[Community]:
    """Five people with a post each, on a database that outlives whoever works on it."""
    with fresh_database(request.param) as url:
        with connected(url, world=SystemWorld()) as sparkle:
            cast = _cast(sparkle)
        yield Community(url, cast, lives=1)


def _cast(sparkle: Sparkle) -> Cast:
    people, posts = [], []
    for n in range(PEOPLE):
        email = f"person_{n}@example.org"
        joined = sparkle.run(Register(email=email, username=f"person_{n}", password=PASSWORD, agree_to_terms=True))
        sparkle.run_coroutine(sparkle.drain())
        sparkle.run(VerifyEmail(email=email, code=sparkle.mailbox.latest(email).code))
        post = PublishPost(title=f"The first of {n}", content=Discussion(body=RichText.of("Hello")))
        posts.append(sparkle.run(post, actor=Actor(user_id=joined.id)).id)
        people.append(joined.id)
    return Cast(tuple(people), tuple(posts))


def holds(sparkle: Sparkle) -> Kept:
    """Everything that is kept once all events were acted on, when it is as it must be."""
    while sparkle.run_coroutine(sparkle.drain()):
        pass
    kept = sparkle.run_coroutine(kept_by(sparkle))
    assert at_any_moment(kept, sparkle.rules) + once_settled(kept, sparkle.rules) == []
    assert {m.delivery for m in kept.rows[OUTBOX.name].values()} == {Delivery.DONE}
    return kept


def replayed(sparkle: Sparkle, community: Community, numbers: list[int]) -> int:
    """Ask again for what was acknowledged, under the same keys; how many answers there were to compare."""
    done = [n for n in numbers if not community.said[n].startswith("refused")]
    for number in done:
        assert told(sparkle, community.cast, number) == community.said[number], f"command {number}"
    return len(done)


def killed_again_and_again(community: Community, deaths: int, commands: int, seed: int) -> None:
    moment = random.Random(seed)
    lives = [0, *sorted(moment.sample(range(1, commands), deaths - 1)), commands]
    for begin, end in pairwise(lives):
        community.live(end - begin, moment)
        with community.opened() as sparkle:
            holds(sparkle)
            replayed(sparkle, community, sorted(community.said)[-5:])
    with community.opened() as sparkle:
        before = holds(sparkle)
        assert replayed(sparkle, community, sorted(community.said)) > commands // 3
        assert holds(sparkle) == before, "asking again changed something"


def test_a_community_killed_twice_loses_nothing_and_does_nothing_twice(community: Community) -> None:
    killed_again_and_again(community, deaths=2, commands=60, seed=1)


@pytest.mark.soak
def test_a_community_killed_20_times_in_1000_commands_loses_nothing(community: Community) -> None:
    killed_again_and_again(community, deaths=20, commands=1_000, seed=random.randrange(2**32))

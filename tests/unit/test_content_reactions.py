"""Reactions: there or not, whoever asks how often, and counters that never drift from them."""

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.people import Somebody, member, newcomer
from tests.support.writing import community, counted, publish, say, thread, view, within

from sparkle_bootstrap import Sparkle
from sparkle_core.application.content import DeletePost, React, Unreact
from sparkle_core.application.kernel.outbox import OUTBOX
from sparkle_core.application.kernel.work import Work
from sparkle_core.domain.accounts import STATISTICS
from sparkle_core.domain.content import ENGAGEMENT, REACTIONS
from sparkle_core.domain.content.errors import NotOpen
from sparkle_core.domain.kernel.errors import Invalid, NotFound, NotWhile


@pytest.fixture
def sparkle() -> Sparkle:
    return community()


def react(sparkle: Sparkle, somebody: Somebody, id: UUID, reaction: str = "LIKE") -> dict[str, int]:
    return sparkle.run(React(target_id=id, reaction=reaction), actor=somebody.actor).counts


def unreact(sparkle: Sparkle, somebody: Somebody, id: UUID, reaction: str = "LIKE") -> dict[str, int]:
    return sparkle.run(Unreact(target_id=id, reaction=reaction), actor=somebody.actor).counts


def events(sparkle: Sparkle, topic: str) -> int:
    async def step(work: Work) -> int:
        return len([m for m in await work.store.find(OUTBOX) if m.topic == topic])

    return within(sparkle, step)


def test_a_reaction_counts_once_however_often_it_is_given(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    id = publish(sparkle, ada)
    for _ in range(3):
        assert react(sparkle, bob, id) == {"LIKE": 1}
    assert react(sparkle, bob, id, "WOW") == {"LIKE": 1, "WOW": 1}
    assert react(sparkle, ada, id, "WOW") == {"LIKE": 1, "WOW": 2}
    seen = view(sparkle, id, bob.actor)
    assert (seen.reactions.counts, seen.reactions.mine) == ({"LIKE": 1, "WOW": 2}, ("LIKE", "WOW"))
    assert view(sparkle, id).reactions.mine == ()
    assert events(sparkle, "content.reaction_added") == 3


def test_a_reaction_is_taken_back_once(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    id = publish(sparkle, ada)
    react(sparkle, bob, id)
    for _ in range(3):
        assert unreact(sparkle, bob, id) == {}
    assert unreact(sparkle, bob, id, "NEVER_THERE") == {}
    assert events(sparkle, "content.reaction_removed") == 1


def test_comments_take_reactions_too(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    post = publish(sparkle, ada)
    comment = say(sparkle, bob, post)
    react(sparkle, ada, comment, "LOVE")
    (seen,) = thread(sparkle, post, ada.actor)
    assert (seen.reactions.counts, seen.reactions.mine) == ({"LOVE": 1}, ("LOVE",))
    assert view(sparkle, post).reactions.counts == {}


def test_likes_by_others_count_on_the_author_s_profile(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    post = publish(sparkle, ada)
    react(sparkle, ada, post)
    react(sparkle, bob, post)
    react(sparkle, bob, post, "LOVE")
    assert counted(sparkle, STATISTICS, ada.id) == {"posts": 1, "likes": 1}
    unreact(sparkle, bob, post)
    assert counted(sparkle, STATISTICS, ada.id) == {"posts": 1}


def test_a_reaction_is_one_of_those_there_are(sparkle: Sparkle, ada: Somebody) -> None:
    with pytest.raises(Invalid, match="LIKE, LOVE, LAUGH, WOW, SAD"):
        react(sparkle, ada, publish(sparkle, ada), "SHRUG")


def test_what_is_not_seen_or_not_visible_takes_no_reaction(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    held = publish(sparkle, ada, "holdme")
    with pytest.raises(NotOpen):
        react(sparkle, ada, held)
    gone = publish(sparkle, ada)
    comment = say(sparkle, bob, gone)
    sparkle.run(DeletePost(post_id=gone), actor=ada.actor)
    for id in (held, gone, comment, UUID(int=1)):
        with pytest.raises(NotFound):
            react(sparkle, bob, id)
        with pytest.raises(NotFound):
            unreact(sparkle, bob, id)


def test_somebody_not_verified_does_not_react(sparkle: Sparkle, ada: Somebody) -> None:
    with pytest.raises(NotWhile):
        react(sparkle, newcomer(sparkle, "pending"), publish(sparkle, ada))


moves = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["LIKE", "LOVE", "SAD"]), st.booleans(), st.booleans()), max_size=25
)


@given(moves)
@settings(max_examples=25, deadline=None)
def test_counters_equal_the_reactions_that_are_there(story: list[tuple[int, str, bool, bool]]) -> None:
    sparkle = community()
    people = [member(sparkle, name) for name in ("ada", "bob", "eve")]
    post = publish(sparkle, people[0])
    comment = say(sparkle, people[1], post)
    for who, reaction, on_post, adds in story:
        (react if adds else unreact)(sparkle, people[who], post if on_post else comment, reaction)
    for id in (post, comment):

        async def degrees(work: Work, id: UUID = id) -> dict[str, int]:
            found = {k: await work.store.degree(REACTIONS, id, k) for k in ("LIKE", "LOVE", "SAD")}
            return {k: n for k, n in found.items() if n}

        numbers = {k: n for k, n in counted(sparkle, ENGAGEMENT, id).items() if k != "comments"}
        assert numbers == within(sparkle, degrees)

"""Showcases: what somebody shows of what they did."""

import pytest
from tests.support.people import Somebody, member
from tests.support.trading import a_thing, an_item
from tests.support.writing import publish

from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import EditProfile, MyProfile, PublicProfile
from sparkle_core.application.content import DeletePost
from sparkle_core.domain.accounts.profiles import Showcase
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.progression.achievements import UNLOCKS, Unlock
from sparkle_core.ports.store import Transaction


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=12)


def test_a_showcase_shows_what_is_ones_own_in_the_order_one_chose(sparkle: Sparkle, ada: Somebody) -> None:
    posts = [publish(sparkle, ada, f"post {n}") for n in range(2)]
    thing = a_thing(sparkle, ada, an_item(sparkle))
    unlocked(sparkle, ada, "early_bird")
    shown = Showcase(badges=("early_bird",), pinned_posts=(posts[1], posts[0]), featured_items=(thing,))
    assert sparkle.run(EditProfile(showcase=shown), actor=ada.actor).profile.showcase == shown
    assert sparkle.run(PublicProfile(username="ada")).showcase == shown
    sparkle.run(EditProfile(bio="I draw."), actor=ada.actor)
    assert sparkle.run(MyProfile(), actor=ada.actor).profile.showcase == shown
    sparkle.run(EditProfile(showcase=Showcase()), actor=ada.actor)
    assert sparkle.run(PublicProfile(username="ada")).showcase == Showcase()


def test_nobody_shows_what_is_not_theirs(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops somebody from wearing achievements, posts and things of others, or posts that nobody may see."""
    bob = member(sparkle, "bob")
    theirs, gone = publish(sparkle, bob), publish(sparkle, ada)
    sparkle.run(DeletePost(post_id=gone), actor=ada.actor)
    shown = Showcase(
        badges=("nobody_has_this",),
        pinned_posts=(theirs, gone),
        featured_items=(a_thing(sparkle, bob, an_item(sparkle)),),
    )
    with pytest.raises(Invalid) as refused:
        sparkle.run(EditProfile(showcase=shown), actor=ada.actor)
    assert [fault.path for fault in refused.value.faults] == [
        "showcase.badges.0",
        "showcase.pinned_posts.0",
        "showcase.pinned_posts.1",
        "showcase.featured_items.0",
    ]
    with pytest.raises(Invalid, match="must name each once"):
        Showcase(badges=("a", "a"))


def unlocked(sparkle: Sparkle, somebody: Somebody, achievement: str) -> None:
    async def body(tx: Transaction) -> None:
        at = sparkle.world.moment().now
        id = Unlock.id_of(somebody.id, achievement)
        tx.records.append(UNLOCKS, Unlock(id=id, user_id=somebody.id, achievement=achievement, at=at))

    sparkle.run_coroutine(sparkle.store.transact(body))

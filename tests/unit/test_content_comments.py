"""Commenting, and reading threads."""

from uuid import UUID

import pytest
from tests.support.people import Somebody, member
from tests.support.writing import community, counted, publish, say, thread, view, within

from sparkle_bootstrap import Sparkle
from sparkle_core.application.content import (
    AcceptAnswer,
    Comment,
    CommentsOf,
    DeleteComment,
    DeletePost,
    EditComment,
    LatestPosts,
)
from sparkle_core.application.notifications import MyNotifications
from sparkle_core.application.shared.targets import hide, restore, target_of
from sparkle_core.domain.accounts import ANONYMOUS, Role
from sparkle_core.domain.content import ENGAGEMENT, Moderation, Question, RichText
from sparkle_core.domain.content.comments import MAX_DEPTH
from sparkle_core.domain.content.errors import ContentRemoved, NotOpen, TooDeep
from sparkle_core.domain.kernel.errors import Forbidden, Invalid, NotFound, VersionMismatch
from sparkle_core.domain.moderation.errors import ContentBlocked
from sparkle_core.domain.moderation.targets import TargetType
from sparkle_core.domain.notifications import NotificationType


@pytest.fixture
def sparkle() -> Sparkle:
    return community()


@pytest.fixture
def mod(sparkle: Sparkle) -> Somebody:
    return member(sparkle, "grace", Role.MODERATOR)


@pytest.fixture
def post(sparkle: Sparkle, ada: Somebody) -> UUID:
    return publish(sparkle, ada)


def told(sparkle: Sparkle, somebody: Somebody) -> list[tuple[NotificationType, str]]:
    ours = (NotificationType.POST_COMMENTED, NotificationType.COMMENT_REPLIED)
    notes = sparkle.run(MyNotifications(), actor=somebody.actor).items
    return [(n.type, n.data["comment_id"]) for n in notes if n.type in ours]


def test_a_thread_is_read_in_order_and_says_who_replies_to_whom(
    sparkle: Sparkle, post: UUID, bob: Somebody, eve: Somebody
) -> None:
    first = say(sparkle, bob, post, "first")
    second = say(sparkle, eve, post, "second")
    reply = say(sparkle, eve, post, "reply", first)
    deeper = say(sparkle, bob, post, "deeper", reply)
    seen = thread(sparkle, post)
    assert [c.id for c in seen] == [first, reply, deeper, second]
    assert [c.parent_id for c in seen] == [None, first, reply, None]
    assert [c.depth for c in seen] == [1, 2, 3, 1]
    assert [c.author.username for c in seen if c.author] == ["bob", "eve", "bob", "eve"]
    assert view(sparkle, post).comments == 4


def test_a_thread_goes_page_by_page(sparkle: Sparkle, post: UUID, bob: Somebody) -> None:
    ids = [say(sparkle, bob, post, str(n)) for n in range(5)]
    first = sparkle.run(CommentsOf(post_id=post, limit=3))
    second = sparkle.run(CommentsOf(post_id=post, limit=3, after=first.next))
    assert [c.id for page in (first, second) for c in page.items] == ids
    assert second.next is None
    with pytest.raises(Invalid, match="another list"):
        sparkle.run(LatestPosts(after=first.next))


def test_a_thread_nobody_sees_is_not_found(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    held = publish(sparkle, ada, "holdme")
    with pytest.raises(NotFound):
        thread(sparkle, held, bob.actor)
    assert thread(sparkle, held, ada.actor) == []


def test_replies_nest_fifty_deep(sparkle: Sparkle, post: UUID, bob: Somebody) -> None:
    parent = None
    for _ in range(MAX_DEPTH):
        parent = say(sparkle, bob, post, "and", parent)
    with pytest.raises(TooDeep):
        say(sparkle, bob, post, "one more", parent)
    assert [c.depth for c in thread(sparkle, post)] == list(range(1, MAX_DEPTH + 1))


def test_a_reply_belongs_to_the_same_post(sparkle: Sparkle, post: UUID, ada: Somebody, bob: Somebody) -> None:
    elsewhere = say(sparkle, bob, publish(sparkle, ada))
    for parent in (elsewhere, UUID(int=1)):
        with pytest.raises(NotFound):
            say(sparkle, bob, post, "hm", parent)


def test_ten_thousand_characters_and_no_more() -> None:
    assert Comment(post_id=UUID(int=1), text="x" * 10_000)
    for text in ("", "   ", "x" * 10_001, "a\x00b", "\ud800"):
        with pytest.raises(Invalid, match="text"):
            Comment(post_id=UUID(int=1), text=text)


def test_what_is_not_visible_takes_no_comments(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody, post: UUID
) -> None:
    held = publish(sparkle, ada, "holdme")
    with pytest.raises(NotOpen):
        say(sparkle, ada, held)
    with pytest.raises(NotFound):
        say(sparkle, bob, held)
    waiting = say(sparkle, bob, post, "holdme")
    with pytest.raises(NotOpen):
        say(sparkle, mod, post, "reply", waiting)
    with pytest.raises(NotFound):
        say(sparkle, ada, post, "reply", waiting)


# Notifications


def test_the_author_is_told_of_comments_and_the_one_replied_to_of_replies(
    sparkle: Sparkle, post: UUID, ada: Somebody, bob: Somebody, eve: Somebody
) -> None:
    comment = say(sparkle, bob, post)
    reply = say(sparkle, eve, post, "reply", comment)
    assert told(sparkle, ada) == [(NotificationType.POST_COMMENTED, str(comment))]
    assert told(sparkle, bob) == [(NotificationType.COMMENT_REPLIED, str(reply))]
    assert told(sparkle, eve) == []


def test_nobody_is_told_of_what_they_wrote_themselves(sparkle: Sparkle, post: UUID, ada: Somebody) -> None:
    own = say(sparkle, ada, post)
    say(sparkle, ada, post, "and", own)
    assert told(sparkle, ada) == []


def test_of_a_held_comment_its_post_s_author_is_told_once_it_is_let_through(
    sparkle: Sparkle, post: UUID, ada: Somebody, bob: Somebody
) -> None:
    held = say(sparkle, bob, post, "holdme")
    assert told(sparkle, ada) == []
    for _ in range(2):
        within(sparkle, lambda work: restore(work, TargetType.COMMENT, held))
    within(sparkle, lambda work: hide(work, TargetType.COMMENT, held))
    within(sparkle, lambda work: restore(work, TargetType.COMMENT, held))
    assert told(sparkle, ada) == [(NotificationType.POST_COMMENTED, str(held))]


# Screening


def test_comments_are_blocked_held_and_censored(sparkle: Sparkle, post: UUID, ada: Somebody, bob: Somebody) -> None:
    with pytest.raises(ContentBlocked):
        say(sparkle, bob, post, "blockme")
    say(sparkle, bob, post, "oh darnit")
    say(sparkle, bob, post, "holdme")
    assert [c.text for c in thread(sparkle, post)] == ["oh ******"]
    assert [c.text for c in thread(sparkle, post, ada.actor)] == ["oh ******"]
    assert [c.moderation for c in thread(sparkle, post, bob.actor)] == [Moderation.VISIBLE, Moderation.HELD]
    assert view(sparkle, post).comments == 1


def test_an_edit_that_is_held_leaves_an_empty_mark(sparkle: Sparkle, post: UUID, bob: Somebody, eve: Somebody) -> None:
    comment = say(sparkle, bob, post, "fine")
    say(sparkle, eve, post, "reply", comment)
    sparkle.run(EditComment(comment_id=comment, text="holdme"), actor=bob.actor)
    assert [(c.text, c.author is None) for c in thread(sparkle, post)] == [("", True), ("reply", False)]
    assert [c.text for c in thread(sparkle, post, bob.actor)] == ["holdme", "reply"]
    assert view(sparkle, post).comments == 1


# Editing and deleting


def test_an_edit_shows(sparkle: Sparkle, post: UUID, bob: Somebody) -> None:
    id = say(sparkle, bob, post, "teh")
    assert sparkle.run(EditComment(comment_id=id, text="teh"), actor=bob.actor).version == 1
    assert sparkle.run(EditComment(comment_id=id, text="the", expected_version=1), actor=bob.actor).version == 2
    (seen,) = thread(sparkle, post)
    assert (seen.text, seen.edited_at is not None) == ("the", True)
    with pytest.raises(VersionMismatch):
        sparkle.run(EditComment(comment_id=id, text="a", expected_version=1), actor=bob.actor)


def test_only_the_author_edits_and_not_what_moderators_removed(
    sparkle: Sparkle, post: UUID, bob: Somebody, mod: Somebody
) -> None:
    id = say(sparkle, bob, post)
    with pytest.raises(Forbidden):
        sparkle.run(EditComment(comment_id=id, text="mine"), actor=mod.actor)
    within(sparkle, lambda work: hide(work, TargetType.COMMENT, id))
    with pytest.raises(ContentRemoved):
        sparkle.run(EditComment(comment_id=id, text="again"), actor=bob.actor)


def test_a_deleted_comment_leaves_an_empty_mark_and_its_replies(
    sparkle: Sparkle, post: UUID, bob: Somebody, eve: Somebody, mod: Somebody
) -> None:
    comment = say(sparkle, bob, post, "secret")
    reply = say(sparkle, eve, post, "reply", comment)
    sparkle.run(DeleteComment(comment_id=comment), actor=bob.actor)
    for viewer in (ANONYMOUS, bob.actor, mod.actor):
        mark, kept = thread(sparkle, post, viewer)
        assert (mark.id, mark.text, mark.author, mark.deleted) == (comment, "", None, True)
        assert kept.id == reply
    assert view(sparkle, post).comments == 1
    with pytest.raises(NotFound):
        say(sparkle, eve, post, "reply", comment)
    with pytest.raises(NotFound):
        sparkle.run(DeleteComment(comment_id=comment), actor=bob.actor)


def test_author_and_moderators_delete_and_nobody_else(
    sparkle: Sparkle, post: UUID, ada: Somebody, bob: Somebody, mod: Somebody
) -> None:
    comment = say(sparkle, bob, post)
    with pytest.raises(Forbidden):
        sparkle.run(DeleteComment(comment_id=comment), actor=ada.actor)
    with pytest.raises(VersionMismatch):
        sparkle.run(DeleteComment(comment_id=comment, expected_version=3), actor=mod.actor)
    sparkle.run(DeleteComment(comment_id=comment, expected_version=1), actor=mod.actor)


def test_deleting_the_accepted_answer_withdraws_it(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    question = publish(sparkle, ada, content=Question(body=RichText.of("Which ink?")))
    answer = say(sparkle, bob, question, "Blue")
    sparkle.run(AcceptAnswer(post_id=question, comment_id=answer), actor=ada.actor)
    assert [c.accepted for c in thread(sparkle, question)] == [True]
    sparkle.run(DeleteComment(comment_id=answer), actor=bob.actor)
    assert view(sparkle, question).accepted_answer_id is None


def test_comments_go_out_of_sight_with_their_post(sparkle: Sparkle, post: UUID, ada: Somebody, bob: Somebody) -> None:
    comment = say(sparkle, bob, post)
    sparkle.run(DeletePost(post_id=post), actor=ada.actor)
    with pytest.raises(NotFound):
        thread(sparkle, post, bob.actor)
    with pytest.raises(NotFound):
        sparkle.run(EditComment(comment_id=comment, text="x"), actor=bob.actor)


# Moderators


def test_hiding_and_restoring_a_comment_is_exact(
    sparkle: Sparkle, post: UUID, bob: Somebody, eve: Somebody, mod: Somebody
) -> None:
    comment = say(sparkle, bob, post, "rude")
    before = thread(sparkle, post)
    for _ in range(2):
        within(sparkle, lambda work: hide(work, TargetType.COMMENT, comment))
    assert counted(sparkle, ENGAGEMENT, post) == {}
    (mark,) = thread(sparkle, post, eve.actor)
    assert (mark.text, mark.author, mark.moderation) == ("", None, Moderation.REMOVED)
    for somebody in (bob, mod):
        assert thread(sparkle, post, somebody.actor)[0].text == "rude"
    for _ in range(2):
        within(sparkle, lambda work: restore(work, TargetType.COMMENT, comment))
    assert [c.text for c in thread(sparkle, post)] == [c.text for c in before]
    assert counted(sparkle, ENGAGEMENT, post) == {"comments": 1}


def test_a_comment_its_author_deleted_stays_deleted_when_restored(sparkle: Sparkle, post: UUID, bob: Somebody) -> None:
    comment = say(sparkle, bob, post, "rude")
    within(sparkle, lambda work: hide(work, TargetType.COMMENT, comment))
    sparkle.run(DeleteComment(comment_id=comment), actor=bob.actor)
    within(sparkle, lambda work: restore(work, TargetType.COMMENT, comment))
    (mark,) = thread(sparkle, post, bob.actor)
    assert (mark.text, mark.deleted) == ("", True)
    assert counted(sparkle, ENGAGEMENT, post) == {}
    target = within(sparkle, lambda work: target_of(work, TargetType.COMMENT, comment))
    assert (target.text, target.author_id, target.visible) == ("rude", bob.id, False)

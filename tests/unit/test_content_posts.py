"""Publishing, editing, deleting and reading posts."""

from uuid import UUID

import pytest
from tests.support.people import Somebody, member, newcomer
from tests.support.writing import article, community, counted, publish, say, view, within

from sparkle_bootstrap import Sparkle
from sparkle_core.application.accounts import DeleteAccount
from sparkle_core.application.content import AcceptAnswer, DeletePost, EditPost, LatestPosts, PostById, PublishPost
from sparkle_core.application.shared.targets import Target, hide, restore, target_of
from sparkle_core.domain.accounts import ANONYMOUS, STATISTICS, Role
from sparkle_core.domain.content import Discussion, Moderation, PostKind, Question, RichText
from sparkle_core.domain.content.errors import ContentRemoved, NotAQuestion, NotOpen
from sparkle_core.domain.kernel.errors import Forbidden, Invalid, NotFound, NotWhile, Unauthenticated, VersionMismatch
from sparkle_core.domain.moderation.errors import ContentBlocked
from sparkle_core.domain.moderation.targets import TargetType


@pytest.fixture
def sparkle() -> Sparkle:
    return community()


@pytest.fixture
def mod(sparkle: Sparkle) -> Somebody:
    return member(sparkle, "grace", Role.MODERATOR)


def latest(sparkle: Sparkle, query: LatestPosts | None = None, by: Somebody | None = None) -> list[UUID]:
    page = sparkle.run(query or LatestPosts(), actor=by.actor if by else ANONYMOUS)
    return [post.id for post in page.items]


def target(sparkle: Sparkle, type: TargetType, id: UUID) -> Target:
    return within(sparkle, lambda work: target_of(work, type, id))


def test_everybody_reads_what_was_published(sparkle: Sparkle, ada: Somebody) -> None:
    id = publish(sparkle, ada, "Use <good> ink.\n\nAlways.", tags=("Fan Art", "#ink"))
    seen = view(sparkle, id)
    assert (seen.title, seen.kind, seen.tags, seen.version) == ("Inks", PostKind.ARTICLE, ("fan-art", "ink"), 1)
    assert seen.html == "<p>Use &lt;good&gt; ink.</p><p>Always.</p>"
    assert seen.excerpt == "Use <good> ink. Always."
    assert (seen.author.username, seen.author.display_name) == ("ada", "ada")
    assert (seen.comments, seen.reactions.counts, seen.reactions.mine) == (0, {}, ())
    assert seen.content == article("Use <good> ink.\n\nAlways.")


def test_only_active_people_publish(sparkle: Sparkle) -> None:
    with pytest.raises(Unauthenticated):
        sparkle.run(PublishPost(title="Hi", content=article("x")))
    with pytest.raises(NotWhile):
        publish(sparkle, newcomer(sparkle, "pending"))


def test_a_title_and_a_body_are_needed_and_tags_are_words(sparkle: Sparkle, ada: Somebody) -> None:
    with pytest.raises(Invalid, match="title"):
        PublishPost(title=" ", content=article("x"))
    with pytest.raises(Invalid, match="body"):
        article("  ")
    with pytest.raises(Invalid, match=r"tags\.1"):
        publish(sparkle, ada, tags=("ok", "!!"))
    assert latest(sparkle) == []


def test_the_same_key_publishes_once(sparkle: Sparkle, ada: Somebody) -> None:
    command = PublishPost(title="Inks", content=article("x"))
    first = sparkle.run(command, actor=ada.actor, key="k")
    assert sparkle.run(command, actor=ada.actor, key="k") == first
    assert latest(sparkle) == [first.id]


# Screening


def test_what_the_rules_block_is_not_published(sparkle: Sparkle, ada: Somebody) -> None:
    for words in ({"title": "blockme"}, {"words": "a b l o c k m e b"}, {"tags": ("blockme",)}):
        with pytest.raises(ContentBlocked):
            publish(sparkle, ada, **words)
    assert latest(sparkle, by=ada) == []


def test_what_the_rules_hold_is_for_author_and_moderators(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody
) -> None:
    id = publish(sparkle, ada, "please holdme")
    for nobody in (ANONYMOUS, bob.actor):
        with pytest.raises(NotFound):
            view(sparkle, id, nobody)
    assert view(sparkle, id, ada.actor).moderation is Moderation.HELD
    assert view(sparkle, id, mod.actor).published_at is None
    assert latest(sparkle) == latest(sparkle, by=bob) == []
    assert latest(sparkle, by=ada) == latest(sparkle, by=mod) == [id]
    assert counted(sparkle, STATISTICS, ada.id) == {}


def test_what_was_held_is_published_once_let_through(sparkle: Sparkle, ada: Somebody) -> None:
    id = publish(sparkle, ada, "please holdme")
    for _ in range(2):
        within(sparkle, lambda work: restore(work, TargetType.POST, id))
    assert view(sparkle, id).published_at is not None
    assert counted(sparkle, STATISTICS, ada.id) == {"posts": 1}


def test_what_the_rules_censor_is_starred_in_title_body_and_tags(sparkle: Sparkle, ada: Somebody) -> None:
    id = publish(sparkle, ada, "oh darnit now", title="Darnit!", tags=("darnit", "ink"))
    seen = view(sparkle, id)
    assert (seen.title, seen.html, seen.tags) == ("******!", "<p>oh ****** now</p>", ("ink",))
    assert latest(sparkle, LatestPosts(tag="ink")) == [id]
    assert latest(sparkle, LatestPosts(tag="darnit")) == []


# Editing


def test_an_author_edits_and_the_version_counts_up(sparkle: Sparkle, ada: Somebody) -> None:
    id = publish(sparkle, ada, tags=("ink",))
    saved = sparkle.run(EditPost(post_id=id, title="Better", tags=("pens",), expected_version=1), actor=ada.actor)
    assert saved.version == 2
    seen = view(sparkle, id)
    assert (seen.title, seen.tags, seen.html, seen.version) == ("Better", ("pens",), "<p>How to ink.</p>", 2)
    assert seen.edited_at is not None
    assert latest(sparkle, LatestPosts(tag="ink")) == []
    assert latest(sparkle, LatestPosts(tag="Pens")) == [id]


def test_an_edit_of_another_version_is_refused_and_changes_nothing(sparkle: Sparkle, ada: Somebody) -> None:
    id = publish(sparkle, ada)
    sparkle.run(EditPost(post_id=id, title="First", expected_version=1), actor=ada.actor)
    with pytest.raises(VersionMismatch) as refused:
        sparkle.run(EditPost(post_id=id, title="Second", expected_version=1), actor=ada.actor)
    assert refused.value.facts() == {"expected": 1, "actual": 2}
    assert view(sparkle, id).title == "First"


def test_an_edit_that_says_the_same_makes_no_version(sparkle: Sparkle, ada: Somebody) -> None:
    id = publish(sparkle, ada)
    assert sparkle.run(EditPost(post_id=id, title="Inks"), actor=ada.actor).version == 1
    assert view(sparkle, id).edited_at is None


def test_an_edit_says_what_to_change_and_keeps_the_kind(sparkle: Sparkle, ada: Somebody) -> None:
    id = publish(sparkle, ada)
    with pytest.raises(Invalid, match="title, content or tags"):
        sparkle.run(EditPost(post_id=id), actor=ada.actor)
    with pytest.raises(Invalid, match="must stay ARTICLE"):
        sparkle.run(EditPost(post_id=id, content=Discussion(body=RichText.of("x"))), actor=ada.actor)


def test_nobody_edits_what_others_wrote_not_even_moderators(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody
) -> None:
    id = publish(sparkle, ada)
    for other in (bob, mod):
        with pytest.raises(Forbidden):
            sparkle.run(EditPost(post_id=id, title="Mine"), actor=other.actor)
    held = publish(sparkle, ada, "please holdme")
    with pytest.raises(NotFound):
        sparkle.run(EditPost(post_id=held, title="Mine"), actor=bob.actor)


def test_an_edit_that_is_held_takes_the_post_out_of_sight(sparkle: Sparkle, ada: Somebody) -> None:
    id = publish(sparkle, ada)
    assert sparkle.run(EditPost(post_id=id, title="holdme"), actor=ada.actor).moderation is Moderation.HELD
    with pytest.raises(NotFound):
        view(sparkle, id)
    assert counted(sparkle, STATISTICS, ada.id) == {}
    sparkle.run(EditPost(post_id=id, title="harmless"), actor=ada.actor)
    assert view(sparkle, id, ada.actor).moderation is Moderation.HELD


def test_what_moderators_removed_cannot_be_edited(sparkle: Sparkle, ada: Somebody) -> None:
    id = publish(sparkle, ada)
    within(sparkle, lambda work: hide(work, TargetType.POST, id))
    with pytest.raises(ContentRemoved):
        sparkle.run(EditPost(post_id=id, title="Again"), actor=ada.actor)


# Deleting


def test_a_deleted_post_is_gone_for_everybody(sparkle: Sparkle, ada: Somebody, mod: Somebody) -> None:
    id = publish(sparkle, ada, tags=("ink",))
    sparkle.run(DeletePost(post_id=id), actor=ada.actor)
    for viewer in (ANONYMOUS, ada.actor, mod.actor):
        with pytest.raises(NotFound):
            view(sparkle, id, viewer)
    with pytest.raises(NotFound):
        sparkle.run(DeletePost(post_id=id), actor=ada.actor)
    assert latest(sparkle, by=mod) == latest(sparkle, LatestPosts(tag="ink")) == []
    assert counted(sparkle, STATISTICS, ada.id) == {}


def test_moderators_delete_what_others_wrote_and_nobody_else_does(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody
) -> None:
    id = publish(sparkle, ada)
    with pytest.raises(Forbidden):
        sparkle.run(DeletePost(post_id=id), actor=bob.actor)
    with pytest.raises(VersionMismatch):
        sparkle.run(DeletePost(post_id=id, expected_version=7), actor=mod.actor)
    sparkle.run(DeletePost(post_id=id, expected_version=1), actor=mod.actor)
    with pytest.raises(NotFound):
        view(sparkle, id)


def test_posts_stay_with_the_name_that_their_author_leaves(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    id = publish(sparkle, ada)
    bob_s = publish(sparkle, bob)
    sparkle.run(DeleteAccount(), actor=ada.actor)
    sparkle.run(DeleteAccount(keep_name=False), actor=bob.actor)
    authors = [view(sparkle, post).author for post in (id, bob_s)]
    assert [(a.username, a.display_name) for a in authors] == [(None, "ada"), (None, "Deleted User")]


# Lists


def test_the_latest_posts_go_page_by_page(sparkle: Sparkle, ada: Somebody) -> None:
    ids = [publish(sparkle, ada, f"Number {n}") for n in range(5)]
    first = sparkle.run(LatestPosts(limit=2))
    second = sparkle.run(LatestPosts(limit=2, after=first.next))
    third = sparkle.run(LatestPosts(limit=2, after=second.next))
    assert [p.id for page in (first, second, third) for p in page.items] == ids[::-1]
    assert third.next is None


def test_a_cursor_belongs_to_its_list(sparkle: Sparkle, ada: Somebody) -> None:
    for _ in range(2):
        publish(sparkle, ada)
    cursor = sparkle.run(LatestPosts(limit=1)).next
    with pytest.raises(Invalid, match="another list"):
        sparkle.run(LatestPosts(limit=1, kind=PostKind.QUESTION, after=cursor))
    with pytest.raises(Invalid, match="after"):
        sparkle.run(LatestPosts(after="nonsense"))


def test_a_tag_that_cannot_be_one_is_refused(sparkle: Sparkle) -> None:
    with pytest.raises(Invalid, match="tag: must have letters"):
        sparkle.run(LatestPosts(tag="!!"))


# Answers


def test_a_question_has_the_answer_its_author_accepts(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    id = publish(sparkle, ada, content=Question(body=RichText.of("Which ink?")))
    first, second = say(sparkle, bob, id, "Black"), say(sparkle, bob, id, "Blue")
    assert sparkle.run(AcceptAnswer(post_id=id, comment_id=first), actor=ada.actor).version == 2
    assert sparkle.run(AcceptAnswer(post_id=id, comment_id=first), actor=ada.actor).version == 2
    assert sparkle.run(AcceptAnswer(post_id=id, comment_id=second), actor=ada.actor).version == 3
    assert view(sparkle, id).accepted_answer_id == second
    sparkle.run(AcceptAnswer(post_id=id), actor=ada.actor)
    assert view(sparkle, id).accepted_answer_id is None


def test_only_a_visible_comment_of_the_same_question_is_an_answer(
    sparkle: Sparkle, ada: Somebody, bob: Somebody
) -> None:
    id = publish(sparkle, ada, content=Question(body=RichText.of("Which ink?")))
    other = publish(sparkle, bob)
    comment, elsewhere = say(sparkle, ada, id, "Blue"), say(sparkle, bob, other)
    with pytest.raises(Forbidden):
        sparkle.run(AcceptAnswer(post_id=id, comment_id=comment), actor=bob.actor)
    with pytest.raises(NotFound):
        sparkle.run(AcceptAnswer(post_id=id, comment_id=elsewhere), actor=ada.actor)
    with pytest.raises(NotAQuestion):
        sparkle.run(AcceptAnswer(post_id=other, comment_id=elsewhere), actor=bob.actor)
    with pytest.raises(NotOpen):
        sparkle.run(AcceptAnswer(post_id=id, comment_id=say(sparkle, ada, id, "holdme")), actor=ada.actor)
    with pytest.raises(VersionMismatch):
        sparkle.run(AcceptAnswer(post_id=id, comment_id=comment, expected_version=9), actor=ada.actor)


# What moderation acts on


def test_moderation_sees_all_words_whatever_the_state(sparkle: Sparkle, ada: Somebody) -> None:
    id = publish(sparkle, ada, "Body", tags=("ink",))
    sparkle.run(DeletePost(post_id=id), actor=ada.actor)
    seen = target(sparkle, TargetType.POST, id)
    assert (seen.author_id, seen.text, seen.revision, seen.visible) == (ada.id, "Inks\nink\nBody", 2, False)
    person = target(sparkle, TargetType.PERSON, ada.id)
    assert (person.author_id, person.visible) == (ada.id, True)
    assert "ada" in person.text
    for type in TargetType:
        with pytest.raises(NotFound):
            target(sparkle, type, UUID(int=1))


def test_hiding_and_restoring_a_post_is_exact(sparkle: Sparkle, ada: Somebody) -> None:
    id = publish(sparkle, ada, tags=("ink",))
    before = view(sparkle, id)
    for _ in range(2):
        within(sparkle, lambda work: hide(work, TargetType.POST, id))
    assert view(sparkle, id, ada.actor).moderation is Moderation.REMOVED
    assert latest(sparkle, by=ada) == []
    assert counted(sparkle, STATISTICS, ada.id) == {}
    for _ in range(2):
        within(sparkle, lambda work: restore(work, TargetType.POST, id))
    after = view(sparkle, id)
    assert (after.title, after.html, after.tags, after.published_at) == (
        before.title,
        before.html,
        before.tags,
        before.published_at,
    )
    assert after.version == 3
    assert counted(sparkle, STATISTICS, ada.id) == {"posts": 1}


def test_a_post_its_author_deleted_stays_deleted_when_restored(sparkle: Sparkle, ada: Somebody) -> None:
    id = publish(sparkle, ada)
    within(sparkle, lambda work: hide(work, TargetType.POST, id))
    sparkle.run(DeletePost(post_id=id), actor=ada.actor)
    within(sparkle, lambda work: restore(work, TargetType.POST, id))
    with pytest.raises(NotFound):
        sparkle.run(PostById(post_id=id), actor=ada.actor)
    assert counted(sparkle, STATISTICS, ada.id) == {}


def test_a_person_is_not_hidden(sparkle: Sparkle, ada: Somebody) -> None:
    with pytest.raises(Invalid, match="suspended or banned"):
        within(sparkle, lambda work: hide(work, TargetType.PERSON, ada.id))
    with pytest.raises(Invalid, match="suspended or banned"):
        within(sparkle, lambda work: restore(work, TargetType.PERSON, ada.id))

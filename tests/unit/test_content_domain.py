"""Posts and comments as values: who sees them, how they change, and what their verbs record."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparkle_core.domain.content import (
    Article,
    CommentOnPost,
    Content,
    ContentRules,
    Moderation,
    Post,
    Question,
    RichText,
)
from sparkle_core.domain.content.comments import MAX_DEPTH, segment_of
from sparkle_core.domain.content.errors import ContentRemoved, NotAQuestion, NotOpen, TooDeep
from sparkle_core.domain.content.events import (
    AnswerAccepted,
    AnswerWithdrawn,
    CommentPosted,
    PostDeleted,
    PostEdited,
    PostHidden,
    PostPublished,
    PostRestored,
)
from sparkle_core.domain.content.tags import tag_id, tag_of, tags_of
from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.errors import Forbidden, Invalid
from sparkle_core.domain.kernel.fields import UserId

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ADA, BOB = UserId(UUID(int=1)), UserId(UUID(int=2))


def post(*, content: Content | None = None, held: bool = False) -> Post:
    content = content or Article(body=RichText.of("How to ink."))
    written = Post.written(id=UUID(int=9), author_id=ADA, title="Inks", content=content, tags=("ink",), now=NOW)
    return written if held else written.shown(NOW)


def comment(id: int = 20, parent: CommentOnPost | None = None, *, held: bool = False) -> CommentOnPost:
    written = CommentOnPost.written(
        id=UUID(int=id), author_id=BOB, post_id=UUID(int=9), parent=parent, text="Nice", now=NOW
    )
    return written if held else written.shown(NOW)


def recorded(thing: Aggregate) -> list[type]:
    return [type(event) for event in thing.recorded]


def test_a_post_is_published_when_it_is_shown_and_not_before() -> None:
    assert post().visible
    assert post().published_at == NOW
    assert recorded(post()) == [PostPublished]
    assert not post(held=True).visible
    assert recorded(post(held=True)) == []


def test_a_held_post_is_published_once_moderators_let_it_through() -> None:
    let_through = post(held=True).shown(LATER)
    assert let_through.visible
    assert let_through.published_at == LATER
    assert recorded(let_through) == [PostPublished]


def test_what_is_hidden_and_restored_is_as_it_was() -> None:
    before = post()
    hidden = before.hidden()
    assert hidden.moderation is Moderation.REMOVED
    assert hidden.hidden() is hidden
    after = hidden.shown(LATER)
    assert after == before
    assert recorded(after) == [PostPublished, PostHidden, PostRestored]
    assert after.shown(LATER) is after


def test_restoring_what_its_author_deleted_leaves_it_deleted() -> None:
    restored = post().deleted(ADA, NOW).hidden().shown(LATER)
    assert not restored.visible
    assert restored.deleted_at == NOW
    assert recorded(restored) == [PostPublished, PostDeleted, PostHidden]
    assert [getattr(e, "was_visible", None) for e in restored.recorded] == [None, True, False]


def test_only_its_author_and_moderators_see_what_is_held_or_removed_and_nobody_what_is_deleted() -> None:
    for kept_back in (post(held=True), post().hidden()):
        assert kept_back.seen_by(ADA, moderator=False)
        assert kept_back.seen_by(BOB, moderator=True)
        assert not kept_back.seen_by(BOB, moderator=False)
        assert not kept_back.seen_by(None, moderator=False)
    deleted = post().deleted(ADA, NOW)
    assert not deleted.seen_by(ADA, moderator=True)


def test_only_the_author_edits_and_not_what_moderators_removed() -> None:
    assert post().editable_by(ADA)
    with pytest.raises(Forbidden):
        post().editable_by(BOB)
    with pytest.raises(ContentRemoved):
        post().hidden().editable_by(ADA)


def test_author_and_moderators_delete() -> None:
    assert post().deletable_by(ADA, moderator=False)
    assert post().deletable_by(BOB, moderator=True)
    with pytest.raises(Forbidden):
        post().deletable_by(BOB, moderator=False)


def test_what_is_not_visible_takes_no_reactions() -> None:
    assert post().open("post")
    with pytest.raises(NotOpen, match="waits for moderators"):
        post(held=True).open("post")
    with pytest.raises(NotOpen, match="taken down"):
        post().hidden().open("post")


def test_an_edit_changes_what_is_given_and_nothing_else() -> None:
    edited = post().edited("Better inks", None, None, LATER)
    assert (edited.title, edited.content, edited.edited_at) == ("Better inks", post().content, LATER)
    assert recorded(edited) == [PostPublished, PostEdited]


def test_an_edit_that_changes_nothing_records_nothing() -> None:
    before = post()
    assert before.edited("Inks", Article(body=RichText.of("How to ink.")), ("ink",), LATER) is before


def test_a_post_never_changes_its_kind() -> None:
    with pytest.raises(Invalid, match="must stay ARTICLE"):
        post().edited(None, Question(body=RichText.of("?")), None, LATER)


def test_its_words_are_title_tags_body_and_where_links_lead() -> None:
    link = {"type": "link", "attrs": {"href": "https://a.example"}}
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": "here", "marks": [link]}]}
    linked = post(content=Article(body=RichText({"type": "doc", "content": [paragraph]})))
    assert linked.text == "Inks\nink\nhere\nhttps://a.example"


def test_a_body_says_something() -> None:
    with pytest.raises(Invalid, match="body"):
        Article(body=RichText.of(" \n\n "))


def test_a_question_has_one_accepted_answer_at_a_time() -> None:
    question = post(content=Question(body=RichText.of("Which ink?")))
    accepted = question.accept(UUID(int=20), BOB)
    assert accepted.accept(UUID(int=20), BOB) is accepted
    changed = accepted.accept(UUID(int=21), BOB)
    assert changed.accepted is not None
    assert changed.accepted.comment_id == UUID(int=21)
    assert recorded(changed) == [PostPublished, AnswerAccepted, AnswerWithdrawn, AnswerAccepted]
    assert recorded(changed.unaccept())[-1] is AnswerWithdrawn
    with pytest.raises(NotAQuestion):
        post().accept(UUID(int=20), BOB)


def test_a_censored_post_loses_the_tags_that_say_the_word() -> None:
    censored = post().reworded(lambda text: text.replace("ink", "***"))
    assert (censored.tags, censored.content.body.to_text()) == ((), "How to ***.")


# Comments


def test_a_thread_reads_parents_first_and_siblings_by_age() -> None:
    first, second = comment(20), comment(30)
    reply, late_reply = comment(25, first), comment(40, first)
    thread = sorted([second, late_reply, first, reply], key=lambda c: c.path)
    assert thread == [first, reply, late_reply, second]
    assert [c.depth for c in thread] == [1, 2, 2, 1]
    assert recorded(first) == [CommentPosted]


def test_replies_nest_fifty_deep_and_no_deeper() -> None:
    deepest = comment(1)
    for id in range(2, MAX_DEPTH + 1):
        deepest = comment(id, deepest)
    assert deepest.depth == MAX_DEPTH
    with pytest.raises(TooDeep):
        comment(99, deepest)


@given(st.lists(st.uuids(), min_size=2, unique=True))
def test_path_segments_sort_as_ids_do_and_have_one_length(ids: list[UUID]) -> None:
    segments = [segment_of(id) for id in sorted(ids)]
    assert all(a < b for a, b in pairwise(segments))
    assert {len(s) for s in segments} == {22}


def test_a_comment_keeps_its_place_in_the_thread_once_everybody_could_see_it() -> None:
    never_seen = comment(held=True)
    assert never_seen.in_thread_for(BOB, moderator=False)
    assert never_seen.in_thread_for(ADA, moderator=True)
    assert not never_seen.in_thread_for(ADA, moderator=False)
    assert not never_seen.deleted(BOB, NOW).in_thread_for(BOB, moderator=True)
    for gone in (comment().deleted(BOB, NOW), comment().hidden(), comment().held()):
        assert gone.in_thread_for(None, moderator=False)
        assert not gone.seen_by(None, moderator=False)


# Tags and rules


def test_tags_are_normalised_and_each_kept_once() -> None:
    assert tags_of(("Fan Art", "fan_art", "#Größe", "ＡＢＣ")) == ("fan-art", "grösse", "abc")


@given(st.text(max_size=60))
def test_normalising_a_tag_again_changes_nothing(text: str) -> None:
    assert tag_of(tag_of(text)) == tag_of(text)


def test_each_tag_that_cannot_be_one_is_named() -> None:
    with pytest.raises(Invalid) as refused:
        tags_of(("ok", "!!!", "x" * 51))
    assert [f.path for f in refused.value.faults] == ["tags.1", "tags.2"]


def test_a_tag_has_one_id() -> None:
    assert tag_id("ink") == tag_id("ink") != tag_id("inks")


def test_reactions_are_data_in_capitals() -> None:
    assert ContentRules(reactions=("CLAP",)).known_reaction("CLAP") == "CLAP"
    with pytest.raises(Invalid, match="LIKE, LOVE"):
        ContentRules().known_reaction("SHRUG")
    with pytest.raises(Invalid):
        ContentRules(reactions=("clap",))

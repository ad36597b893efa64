"""What must be true of content. Source: docs/contexts/content.md."""

from collections import Counter as Tally
from collections.abc import Iterator
from uuid import UUID

from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import STATISTICS
from sparkle_core.domain.content import COMMENTS, COMMENTS_COUNTED, ENGAGEMENT, POSTS, REACTIONS, TAG, TAGGED
from sparkle_core.domain.content.comments import segment_of
from sparkle_core.domain.content.rules import LIKE
from sparkle_core.domain.content.tags import tag_id
from sparkle_core.testing.stories.kept import Kept


def counters(kept: Kept, rules: Rules) -> Iterator[str]:
    """Every number shown is the number of what there is."""
    expected: dict[str, Tally[tuple[UUID, str]]] = {ENGAGEMENT.name: Tally(), STATISTICS.name: Tally()}
    for source, target, kind in kept.related(REACTIONS):
        expected[ENGAGEMENT.name][target, kind] += 1
        author = kept.author_of(target)
        if kind == LIKE and author != source:
            expected[STATISTICS.name][author, "likes"] += 1
    for post in kept.all_of(POSTS):
        expected[STATISTICS.name][post.author_id, "posts"] += post.visible
    for comment in kept.all_of(COMMENTS):
        expected[ENGAGEMENT.name][comment.post_id, COMMENTS_COUNTED] += comment.visible
    for name, wanted in expected.items():
        told = kept.numbers[name]
        for at in wanted.keys() | told.keys():
            if told.get(at, 0) != wanted[at]:
                yield f"{name} of {at} is {told.get(at, 0)}, there are {wanted[at]}"


def threads(kept: Kept, rules: Rules) -> Iterator[str]:
    """A comment stands under what it answers, on the same post, and no deeper than the rules say."""
    comments = kept.by_id(COMMENTS)
    for comment in comments.values():
        parent = comments.get(comment.parent_id) if comment.parent_id is not None else None
        path = (parent.path if parent else "") + segment_of(comment.id)
        if comment.path != path or comment.depth != (parent.depth + 1 if parent else 1):
            yield f"{comment} does not stand under its parent"
        if comment.post_id not in kept.by_id(POSTS) or (parent is not None and parent.post_id != comment.post_id):
            yield f"{comment} is on another post than what it answers"
        if comment.depth > rules.content.comment_depth:
            yield f"{comment} is deeper than {rules.content.comment_depth}"


def answers(kept: Kept, rules: Rules) -> Iterator[str]:
    """An accepted answer is a comment on that question."""
    for post in kept.all_of(POSTS):
        if post.accepted is not None:
            comment = kept.by_id(COMMENTS).get(post.accepted.comment_id)
            if comment is None or (comment.post_id, comment.author_id) != (post.id, post.accepted.answerer_id):
                yield f"{post} accepted what is no answer to it"


def tags(kept: Kept, rules: Rules) -> Iterator[str]:
    """What is found by a tag is what bears it."""
    borne = {(post.id, tag_id(tag), TAG) for post in kept.all_of(POSTS) for tag in post.tags}
    yield from (
        f"{post} and tag {tag}: one knows of the other, not both" for post, tag, _ in borne ^ kept.related(TAGGED)
    )


INVARIANTS = (counters, threads, answers, tags)

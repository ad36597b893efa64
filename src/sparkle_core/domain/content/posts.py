"""Posts: one aggregate for every kind; what is specific to a kind is in its content.

Source: docs/contexts/content.md. A further kind is one more class in `Content` and one more
member of `PostKind`.
"""

from collections.abc import Callable
from enum import Enum
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from attrs import evolve, frozen

from sparkle_core.domain.content.contributions import Contribution
from sparkle_core.domain.content.errors import NotAQuestion
from sparkle_core.domain.content.events import (
    AnswerAccepted,
    AnswerWithdrawn,
    PostDeleted,
    PostEdited,
    PostHidden,
    PostPublished,
    PostRestored,
)
from sparkle_core.domain.content.rich_text import RichText
from sparkle_core.domain.content.tags import Tags
from sparkle_core.domain.kernel.errors import Fault, Invalid
from sparkle_core.domain.kernel.fields import Instant, Record, Text, UserId
from sparkle_core.domain.kernel.stored import NOTHING_LEFT

Title = Annotated[str, Text(1, 500)]


class PostKind(Enum):
    """What a post is; it never changes."""

    ARTICLE = "ARTICLE"
    DISCUSSION = "DISCUSSION"
    QUESTION = "QUESTION"


@frozen(kw_only=True)
class Written(Record):
    """Base of what an author writes in a post: a body that says something."""

    body: RichText

    def _rules(self) -> list[Fault]:
        return [Fault("body", "must not be blank")] if self.body.is_blank else []


@frozen(kw_only=True)
class Article(Written):
    """Something to read."""

    kind: ClassVar[str] = "ARTICLE"


@frozen(kw_only=True)
class Discussion(Written):
    """Something to talk about."""

    kind: ClassVar[str] = "DISCUSSION"


@frozen(kw_only=True)
class Question(Written):
    """Something to answer; its author can accept one of the comments."""

    kind: ClassVar[str] = "QUESTION"


Content = Article | Discussion | Question


@frozen(kw_only=True)
class AcceptedAnswer(Record):
    """The comment that answers a question, and who wrote it."""

    comment_id: UUID
    answerer_id: UserId


@frozen(kw_only=True)
class Post(Contribution):
    """A post: title of 1 to 500 characters, content by kind, at most 10 tags of at most 50 characters."""

    kind: PostKind
    title: Title
    content: Content
    tags: Tags = ()
    accepted: AcceptedAnswer | None = None

    def _rules(self) -> list[Fault]:
        faults = [Fault("kind", "must be the content's kind")] if self.kind.value != self.content.kind else []
        if self.accepted is not None and self.kind is not PostKind.QUESTION:
            faults.append(Fault("accepted", "only a QUESTION has an accepted answer"))
        return faults

    @classmethod
    def written(
        cls, *, id: UUID, author_id: UserId, title: str, content: Content, tags: tuple[str, ...] = (), now: Instant
    ) -> Self:
        """A new post that nobody else sees until it is `shown`."""
        kind = PostKind(content.kind)
        return cls(id=id, author_id=author_id, kind=kind, title=title, content=content, tags=tags, created_at=now)

    @property
    def text(self) -> str:
        """All its words: title, tags, body, and where its links lead when the words do not say."""
        body = self.content.body
        words = "\n".join((self.title, " ".join(self.tags), body.to_text()))
        return "\n".join((words, *(href for href in body.links if href not in words)))

    def edited(self, title: str | None, content: Content | None, tags: tuple[str, ...] | None, now: Instant) -> Self:
        """With what is given changed; this itself when nothing differs. Raises `Invalid` for another kind."""
        if content is not None and content.kind != self.content.kind:
            raise Invalid.at("content.kind", f"must stay {self.content.kind}; a post never changes its kind")
        given: dict[str, Any] = {"title": title, "content": content, "tags": tags}
        changes = {name: value for name, value in given.items() if value is not None and value != getattr(self, name)}
        if not changes:
            return self
        return self.then(PostEdited(post_id=self.id, author_id=self.author_id), edited_at=now, **changes)

    def reworded(self, change: Callable[[str], str]) -> Self:
        """With every text of it changed, as a censor asks for; tags that change are dropped."""
        content = evolve(self.content, body=self.content.body.reworded(change))
        return evolve(
            self, title=change(self.title), content=content, tags=tuple(t for t in self.tags if change(t) == t)
        )

    def accept(self, comment_id: UUID, answerer_id: UserId) -> Self:
        """With a comment as its answer, in place of an earlier one. Raises `NotAQuestion`."""
        if self.kind is not PostKind.QUESTION:
            raise NotAQuestion(self.kind.value)
        answer = AcceptedAnswer(comment_id=comment_id, answerer_id=answerer_id)
        if self.accepted == answer:
            return self
        event = AnswerAccepted(
            post_id=self.id, author_id=self.author_id, comment_id=comment_id, answerer_id=answerer_id
        )
        return self.unaccept().then(event, accepted=answer)

    def unaccept(self) -> Self:
        """Without an accepted answer."""
        if self.accepted is None:
            return self
        event = AnswerWithdrawn(
            post_id=self.id,
            author_id=self.author_id,
            comment_id=self.accepted.comment_id,
            answerer_id=self.accepted.answerer_id,
        )
        return self.then(event, accepted=None)

    def deleted(self, by: UserId | None, now: Instant) -> Self:
        """Deleted, its answer withdrawn first: what nobody can look at any more has helped nobody."""
        return super(Post, self.unaccept()).deleted(by, now)

    def _blank(self) -> Self:
        content = type(self.content)(body=RichText.of(NOTHING_LEFT))
        return evolve(self, title=NOTHING_LEFT, content=content, tags=())

    def _published(self) -> PostPublished:
        return PostPublished(post_id=self.id, author_id=self.author_id, kind=self.kind.value)

    def _hidden(self, was_visible: bool) -> PostHidden:
        return PostHidden(post_id=self.id, author_id=self.author_id, was_visible=was_visible)

    def _restored(self) -> PostRestored:
        return PostRestored(post_id=self.id, author_id=self.author_id)

    def _deleted(self, by: UserId | None, was_visible: bool) -> PostDeleted:
        return PostDeleted(post_id=self.id, author_id=self.author_id, deleted_by=by, was_visible=was_visible)

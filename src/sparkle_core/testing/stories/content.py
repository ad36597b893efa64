"""The state machine of content: posts, comments, reactions, and reading them."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from sparkle_core.application.content import (
    AcceptAnswer,
    Comment,
    CommentsOf,
    DeleteComment,
    DeletePost,
    EditComment,
    EditPost,
    LatestPosts,
    PostById,
    PublishPost,
    React,
    Unreact,
)
from sparkle_core.domain.content import Article, Content, Discussion, PostKind, Question, RichText
from sparkle_core.testing.stories.story import NOWHERE, Story, keys, picks, words

texts = st.one_of(
    words,
    st.sampled_from(
        (
            "buy followers now",  # held
            "see https://a.example https://b.example https://c.example",  # held, of a newcomer
            "WHY IS NOBODY EVER LISTENING TO WHAT I SAY HERE AND EVERYWHERE ELSE IN THIS WORLD, WHY, WHY",  # flagged
        )
    ),
)
bodies = st.builds(
    lambda kind, text: kind(body=RichText.of(text)), st.sampled_from((Article, Discussion, Question)), texts
)
tags = st.sampled_from(((), ("Fan Art",), ("fan_art", "chess"), ("straße", "日本語"), ("!",)))
versions = st.sampled_from((None, None, None, 1, 2, 3))
reactions = st.sampled_from(("LIKE", "LIKE", "LOVE", "WOW", "NOPE"))


class ContentStory(Story):
    """People publish, comment, react, accept answers, edit and delete, and read what there is."""

    @rule(by=picks, title=texts, content=bodies, tags=tags, key=keys)
    def publish_post(self, by: int, title: str, content: Content, tags: tuple[str, ...], key: str | None) -> None:
        actor = self.actor(by)
        told = self.say(PublishPost(title=title, content=content, tags=tags), actor=actor, key=key)
        self.note(self.known.posts, told, actor)

    @rule(
        which=picks,
        by=picks,
        changes=st.fixed_dictionaries({}, optional={"title": texts, "content": bodies, "tags": tags}),
        version=versions,
        key=keys,
    )
    def edit_post(self, which: int, by: int, changes: dict[str, Any], version: int | None, key: str | None) -> None:
        id = self.one_of(self.known.posts, which) or NOWHERE
        command = EditPost(post_id=id, expected_version=version, **changes)
        self.say(command, actor=self.owner_of(id, by), key=key)

    @rule(which=picks, by=picks, version=versions)
    def delete_post(self, which: int, by: int, version: int | None) -> None:
        id = self.one_of(self.known.posts, which) or NOWHERE
        self.say(DeletePost(post_id=id, expected_version=version), actor=self.owner_of(id, by))

    @rule(which=picks, by=picks, text=texts, under=picks, key=keys)
    def comment(self, which: int, by: int, text: str, under: int, key: str | None) -> None:
        post = self.one_of(self.known.posts, which) or NOWHERE
        parent = self.one_of(self.known.comments, under) if under % 2 else None
        actor = self.actor(by)
        told = self.say(Comment(post_id=post, text=text, parent_id=parent), actor=actor, key=key)
        self.note(self.known.comments, told, actor)

    @rule(which=picks, by=picks, text=texts, version=versions, key=keys)
    def edit_comment(self, which: int, by: int, text: str, version: int | None, key: str | None) -> None:
        id = self.one_of(self.known.comments, which) or NOWHERE
        command = EditComment(comment_id=id, text=text, expected_version=version)
        self.say(command, actor=self.owner_of(id, by), key=key)

    @rule(which=picks, by=picks, version=versions)
    def delete_comment(self, which: int, by: int, version: int | None) -> None:
        id = self.one_of(self.known.comments, which) or NOWHERE
        self.say(DeleteComment(comment_id=id, expected_version=version), actor=self.owner_of(id, by))

    @rule(which=picks, answer=picks, by=picks, version=versions)
    def accept_answer(self, which: int, answer: int, by: int, version: int | None) -> None:
        post = self.one_of(self.known.posts, which) or NOWHERE
        comment = self.one_of(self.known.comments, answer) if answer % 4 else None
        command = AcceptAnswer(post_id=post, comment_id=comment, expected_version=version)
        self.say(command, actor=self.owner_of(post, by))

    @rule(which=picks, by=picks, reaction=reactions, key=keys)
    def react(self, which: int, by: int, reaction: str, key: str | None) -> None:
        id = self.one_of([*self.known.posts, *self.known.comments], which) or NOWHERE
        self.say(React(target_id=id, reaction=reaction), actor=self.actor(by), key=key)

    @rule(which=picks, by=picks, reaction=reactions)
    def unreact(self, which: int, by: int, reaction: str) -> None:
        id = self.one_of([*self.known.posts, *self.known.comments], which) or NOWHERE
        self.say(Unreact(target_id=id, reaction=reaction), actor=self.actor(by))

    @rule(which=picks, by=picks, limit=st.integers(1, 3))
    def read_post(self, which: int, by: int, limit: int) -> None:
        id = self.one_of(self.known.posts, which) or NOWHERE
        self.say(PostById(post_id=id), actor=self.actor(by))
        self.pages(lambda after: CommentsOf(post_id=id, after=after, limit=limit), actor=self.actor(by))

    @rule(
        by=picks,
        kind=st.sampled_from((None, None, *PostKind)),
        author=st.integers(0, 80),
        tag=st.sampled_from((None, None, None, "Fan-Art", "chess", "日本語")),
        limit=st.integers(1, 3),
    )
    def read_latest(self, by: int, kind: PostKind | None, author: int, tag: str | None, limit: int) -> None:
        author_id = self.person(author).id if author < 20 else None
        self.pages(
            lambda after: LatestPosts(kind=kind, author_id=author_id, tag=tag, after=after, limit=limit),
            actor=self.actor(by),
        )

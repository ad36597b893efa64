"""What every reader of posts and threads answers: in memory, on SQLite, on PostgreSQL."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import pytest
from attrs import evolve, frozen

from sparkle_adapters.memory.posts import MemoryPosts
from sparkle_adapters.memory.store import MemoryStore
from sparkle_adapters.sql import migrate
from sparkle_adapters.sql.posts import SqlPosts
from sparkle_adapters.sql.store import PostgresStore, SqliteStore
from sparkle_core.domain.accounts import PEOPLE
from sparkle_core.domain.accounts.people import Person
from sparkle_core.domain.content import (
    COMMENTS,
    POSTS,
    TAG,
    TAGGED,
    Article,
    CommentOnPost,
    Discussion,
    Post,
    PostKind,
    RichText,
)
from sparkle_core.domain.content.tags import tag_id
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.ports.content import PostReader, SeenComment, SeenPost, Viewer
from sparkle_core.ports.store import Records, Transaction
from sparkle_core.testing.contracts.staging import Stage

R = TypeVar("R")

DECLARED = (PEOPLE, POSTS, COMMENTS, TAGGED)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ADA, BOB, EVE = (UserId(UUID(int=n)) for n in (1, 2, 3))
NOBODY = Viewer(id=None, moderator=False)
AS_ADA, AS_BOB = Viewer(id=ADA, moderator=False), Viewer(id=BOB, moderator=False)
MODERATOR = Viewer(id=EVE, moderator=True)


def person(id: UserId, name: str, **more: Any) -> Person:
    email = f"{name}@example.org"
    return Person(
        id=id,
        username=name,
        username_key=name,
        email=email,
        email_key=email,
        password_hash=None,
        display_name=name.title(),
        created_at=NOW,
        referral_code=f"code-{name}",
        **more,
    )


def written(id: int, author: UserId = ADA, *, tags: tuple[str, ...] = ()) -> Post:
    content = Article(body=RichText.of(f"Body {id}")) if id % 2 else Discussion(body=RichText.of("Well?"))
    return Post.written(id=UUID(int=id), author_id=author, title=f"Post {id}", content=content, tags=tags, now=NOW)


def post(id: int, author: UserId = ADA, *, tags: tuple[str, ...] = ()) -> Post:
    return written(id, author, tags=tags).shown(NOW)


def comment(id: int, on: int = 10, parent: CommentOnPost | None = None, author: UserId = BOB) -> CommentOnPost:
    return CommentOnPost.written(
        id=UUID(int=id), author_id=author, post_id=UUID(int=on), parent=parent, text=f"Comment {id}", now=NOW
    )


@frozen(eq=False)
class Library:
    """A store with three people, and the reader that goes with it."""

    stage: Stage[Any]
    reader: PostReader

    def holds(self, *things: Post | CommentOnPost) -> None:
        async def body(tx: Transaction) -> None:
            for thing in things:
                if isinstance(thing, Post):
                    tx.records.save(POSTS, thing)
                    for tag in thing.tags:
                        await tx.records.add(TAGGED, thing.id, tag_id(tag), TAG, NOW)
                else:
                    tx.records.save(COMMENTS, thing)

        self.stage.transact(body)

    def people(self, *people: Person) -> None:
        async def body(tx: Transaction) -> None:
            for one in people:
                tx.records.save(PEOPLE, one)

        self.stage.transact(body)

    def read(self, ask: Callable[[Records], Coroutine[Any, Any, R]]) -> R:
        async def body(tx: Transaction) -> R:
            return await ask(tx.records)

        answer: R = self.stage.read(body)
        return answer

    def post(self, id: int, viewer: Viewer = NOBODY) -> SeenPost | None:
        return self.read(lambda records: self.reader.post(records, UUID(int=id), viewer))

    def latest(
        self,
        viewer: Viewer = NOBODY,
        *,
        kind: PostKind | None = None,
        author: UserId | None = None,
        tag: str | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> list[int]:
        found = self.read(
            lambda records: self.reader.latest(
                records,
                viewer,
                kind=kind,
                author_id=author,
                tag=tag,
                before=UUID(int=before) if before else None,
                limit=limit,
            )
        )
        return [seen.post.id.int for seen in found]

    def thread(
        self, viewer: Viewer = NOBODY, *, on: int = 10, after: str | None = None, limit: int = 50
    ) -> list[SeenComment]:
        return self.read(lambda records: self.reader.thread(records, UUID(int=on), viewer, after=after, limit=limit))


def stages(name: str, tmp_path: Path, postgres_url: Callable[..., str]) -> Iterator[tuple[Stage[Any], PostReader]]:
    if name == "memory":
        yield Stage(name, MemoryStore(DECLARED)), MemoryPosts()
    elif name == "sqlite":
        url = f"sqlite:///{tmp_path / 'posts.db'}"
        migrate.create_all(url, DECLARED)
        stage: Stage[Any] = Stage(name, SqliteStore(tmp_path / "posts.db", DECLARED), url)
        yield stage, SqlPosts()
        stage.run(stage.store.close())
    else:
        url = postgres_url()
        migrate.create_all(url, DECLARED)
        with asyncio.Runner() as runner:
            stage = Stage(name, PostgresStore(url, DECLARED), url, runner=runner)
            yield stage, SqlPosts()
            stage.run(stage.store.close())


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def library(request: pytest.FixtureRequest, tmp_path: Path, postgres_url: Callable[..., str]) -> Iterator[Library]:
    for stage, reader in stages(request.param, tmp_path, postgres_url):
        found = Library(stage, reader)
        found.people(person(ADA, "ada"), person(BOB, "bob"), person(EVE, "eve"))
        yield found


def test_a_post_comes_whole_and_with_its_author(library: Library) -> None:
    stored = post(10, tags=("ink", "paper"))
    library.holds(stored)
    seen = library.post(10)
    assert seen is not None
    assert seen.post == evolve(stored, version=1, recorded=())
    assert (seen.author.id, seen.author.username, seen.author.display_name) == (ADA, "ada", "Ada")
    assert library.post(11) is None


def test_held_and_removed_posts_are_for_author_and_moderators_and_deleted_ones_for_nobody(library: Library) -> None:
    library.holds(written(10), post(11).hidden(), post(12).deleted(ADA, NOW))
    for id in (10, 11):
        assert library.post(id) is None
        assert library.post(id, AS_BOB) is None
        assert library.post(id, AS_ADA) is not None
        assert library.post(id, MODERATOR) is not None
    assert library.post(12, AS_ADA) is None
    assert library.post(12, MODERATOR) is None


def test_the_latest_posts_come_newest_first_without_what_the_viewer_does_not_see(library: Library) -> None:
    library.holds(post(10), written(11), post(12).hidden(), post(13).deleted(ADA, NOW), post(14, BOB), written(15, BOB))
    assert library.latest() == [14, 10]
    assert library.latest(AS_ADA) == [14, 11, 10]
    assert library.latest(AS_BOB) == [15, 14, 10]
    assert library.latest(MODERATOR) == [15, 14, 11, 10]


def test_the_latest_posts_go_on_where_a_page_ended(library: Library) -> None:
    library.holds(*(post(id) for id in range(10, 20)))
    assert library.latest(limit=4) == [19, 18, 17, 16]
    assert library.latest(limit=4, before=16) == [15, 14, 13, 12]
    assert library.latest(limit=4, before=12) == [11, 10]
    assert library.latest(limit=4, before=10) == []


def test_pages_are_full_while_there_is_something_to_see(library: Library) -> None:
    library.holds(post(10), *(written(id, BOB) for id in range(11, 240)), post(240))
    assert library.latest(AS_ADA, limit=2) == [240, 10]


def test_posts_are_found_by_kind_author_and_tag_together(library: Library) -> None:
    library.holds(
        post(10, ADA, tags=("ink",)), post(11, ADA, tags=("ink", "pens")), post(12, BOB, tags=("ink",)), post(13, BOB)
    )
    assert library.latest(kind=PostKind.ARTICLE) == [13, 11]
    assert library.latest(author=BOB) == [13, 12]
    assert library.latest(tag="ink") == [12, 11, 10]
    assert library.latest(tag="ink", before=12, limit=1) == [11]
    assert library.latest(tag="in") == []
    assert library.latest(AS_BOB, tag="ink", kind=PostKind.DISCUSSION, author=ADA) == [10]
    assert library.latest(MODERATOR, tag="pens", author=BOB) == []


def test_a_thread_reads_parents_first_and_goes_on_where_a_page_ended(library: Library) -> None:
    first, second = comment(20).shown(NOW), comment(30).shown(NOW)
    reply = comment(25, parent=first).shown(NOW)
    deeper = comment(40, parent=reply, author=ADA).shown(NOW)
    late = comment(35, parent=first).shown(NOW)
    library.holds(first, second, reply, deeper, late, comment(50, on=11).shown(NOW))
    assert [s.comment.id.int for s in library.thread()] == [20, 25, 40, 35, 30]
    assert [s.author.username for s in library.thread()] == ["bob", "bob", "ada", "bob", "bob"]
    page = library.thread(limit=2)
    assert [s.comment.id.int for s in page] == [20, 25]
    assert [s.comment.id.int for s in library.thread(after=page[-1].comment.path)] == [40, 35, 30]


def test_what_was_once_seen_keeps_its_place_and_what_never_was_is_for_its_author(library: Library) -> None:
    library.holds(
        comment(20).shown(NOW).deleted(BOB, NOW),
        comment(21).shown(NOW).hidden(),
        comment(22),
        comment(23).deleted(BOB, NOW),
    )
    assert [s.comment.id.int for s in library.thread()] == [20, 21]
    assert [s.comment.id.int for s in library.thread(AS_ADA)] == [20, 21]
    assert [s.comment.id.int for s in library.thread(AS_BOB)] == [20, 21, 22]
    assert [s.comment.id.int for s in library.thread(MODERATOR)] == [20, 21, 22]


def test_whoever_left_has_the_name_they_chose_to_leave(library: Library) -> None:
    stays, goes = UserId(UUID(int=4)), UserId(UUID(int=5))
    library.people(
        person(stays, "grace", deletion_requested_at=NOW, keep_name=True),
        person(goes, "mallory", deletion_requested_at=NOW, keep_name=False),
    )
    library.holds(post(10, stays), post(11, goes))
    names = [(s.author.username, s.author.display_name) for s in map(library.post, (10, 11)) if s]
    assert names == [(None, "Grace"), (None, "Deleted User")]

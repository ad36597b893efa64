"""The contract of `PostReader`, held against every adapter: which posts and comments who sees, and in what order."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest
from attrs import evolve, frozen

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
from sparkle_core.ports.store import Records, Store, Transaction
from sparkle_core.testing.contracts.on_a_store import OnAStore
from sparkle_core.testing.contracts.people import person, settle, user
from sparkle_core.testing.contracts.shapes import NOON, uid
from sparkle_core.testing.contracts.staging import Stage

R = TypeVar("R")

ADA, BOB, EVE = user(1), user(2), user(3)
NOBODY = Viewer(id=None, moderator=False)
AS_ADA, AS_BOB = Viewer(id=ADA, moderator=False), Viewer(id=BOB, moderator=False)
MODERATOR = Viewer(id=EVE, moderator=True)


def written(number: int, author: UserId = ADA, *, tags: tuple[str, ...] = ()) -> Post:
    """A post that nobody else sees yet: an article if its number is odd."""
    content = Article(body=RichText.of(f"Body {number}")) if number % 2 else Discussion(body=RichText.of("Well?"))
    return Post.written(id=uid(number), author_id=author, title=f"Post {number}", content=content, tags=tags, now=NOON)


def post(number: int, author: UserId = ADA, *, tags: tuple[str, ...] = ()) -> Post:
    return written(number, author, tags=tags).shown(NOON)


def comment(number: int, on: int = 10, parent: CommentOnPost | None = None, author: UserId = BOB) -> CommentOnPost:
    """A comment that nobody else sees yet."""
    return CommentOnPost.written(
        id=uid(number), author_id=author, post_id=uid(on), parent=parent, text=f"Comment {number}", now=NOON
    )


@frozen(eq=False)
class Library:
    """A store with three people, and the reader that goes with it."""

    stage: Stage[Store]
    reader: PostReader

    def holds(self, *things: Post | CommentOnPost) -> None:
        async def body(tx: Transaction) -> None:
            for thing in things:
                if isinstance(thing, Post):
                    tx.records.save(POSTS, thing)
                    for tag in thing.tags:
                        await tx.records.add(TAGGED, thing.id, tag_id(tag), TAG, NOON)
                else:
                    tx.records.save(COMMENTS, thing)

        self.stage.transact(body)

    def people(self, *people: Person) -> None:
        settle(self.stage, *people)

    def read(self, ask: Callable[[Records], Coroutine[Any, Any, R]]) -> R:
        async def body(tx: Transaction) -> R:
            return await ask(tx.records)

        return self.stage.read(body)

    def post(self, number: int, viewer: Viewer = NOBODY) -> SeenPost | None:
        return self.read(lambda records: self.reader.post(records, uid(number), viewer))

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
        how: dict[str, Any] = {"kind": kind, "author_id": author, "tag": tag, "limit": limit}
        after = uid(before) if before else None
        found = self.read(lambda records: self.reader.latest(records, viewer, before=after, **how))
        return [seen.post.id.int for seen in found]

    def thread(
        self, viewer: Viewer = NOBODY, *, on: int = 10, after: str | None = None, limit: int = 50
    ) -> list[SeenComment]:
        return self.read(lambda records: self.reader.thread(records, uid(on), viewer, after=after, limit=limit))


def numbers(thread: list[SeenComment]) -> list[int]:
    return [seen.comment.id.int for seen in thread]


class PostReaderContract(OnAStore):
    """Everybody reads what they may. Say `make` or a fixture `stage`, and a fixture `reader` that goes with it."""

    @pytest.fixture
    def reader(self) -> PostReader:
        raise NotImplementedError("a fixture `reader` of your own answers the PostReader of the store")

    @pytest.fixture
    def library(self, stage: Stage[Store], reader: PostReader) -> Library:
        found = Library(stage, reader)
        found.people(person(1, "ada"), person(2, "bob"), person(3, "eve"))
        return found

    def test_a_post_comes_whole_and_with_its_author(self, library: Library) -> None:
        stored = post(10, tags=("ink", "paper"))
        library.holds(stored)
        seen = library.post(10)
        assert seen is not None
        assert seen.post == evolve(stored, version=1, recorded=())
        assert (seen.author.id, seen.author.username, seen.author.display_name) == (ADA, "ada", "Ada")
        assert library.post(11) is None

    def test_held_and_removed_posts_are_for_author_and_moderators_and_deleted_ones_for_nobody(
        self, library: Library
    ) -> None:
        library.holds(written(10), post(11).hidden(), post(12).deleted(ADA, NOON))
        for number in (10, 11):
            assert library.post(number) is None
            assert library.post(number, AS_BOB) is None
            assert library.post(number, AS_ADA) is not None
            assert library.post(number, MODERATOR) is not None
        assert library.post(12, AS_ADA) is None
        assert library.post(12, MODERATOR) is None

    def test_the_latest_posts_come_newest_first_without_what_the_viewer_does_not_see(self, library: Library) -> None:
        library.holds(
            post(10), written(11), post(12).hidden(), post(13).deleted(ADA, NOON), post(14, BOB), written(15, BOB)
        )
        assert library.latest() == [14, 10]
        assert library.latest(AS_ADA) == [14, 11, 10]
        assert library.latest(AS_BOB) == [15, 14, 10]
        assert library.latest(MODERATOR) == [15, 14, 11, 10]

    def test_the_latest_posts_come_whole_and_each_with_its_author(self, library: Library) -> None:
        stored = [post(11, BOB, tags=("ink",)), post(10)]
        library.holds(*stored)
        how: dict[str, Any] = {"kind": None, "author_id": None, "tag": None, "before": None, "limit": 50}
        found = library.read(lambda records: library.reader.latest(records, NOBODY, **how))
        assert [seen.post for seen in found] == [evolve(one, version=1, recorded=()) for one in stored]
        assert [seen.author.username for seen in found] == ["bob", "ada"]

    def test_the_latest_posts_go_on_where_a_page_ended(self, library: Library) -> None:
        library.holds(*(post(number) for number in range(10, 20)))
        assert library.latest(limit=4) == [19, 18, 17, 16]
        assert library.latest(limit=4, before=16) == [15, 14, 13, 12]
        assert library.latest(limit=4, before=12) == [11, 10]
        assert library.latest(limit=4, before=10) == []
        assert library.latest(limit=1, before=99) == [19], "whether or not that one is there"

    def test_pages_are_full_while_there_is_something_to_see(self, library: Library) -> None:
        library.holds(post(10), *(written(number, BOB) for number in range(11, 240)), post(240))
        assert library.latest(AS_ADA, limit=2) == [240, 10]

    def test_posts_are_found_by_kind_author_and_tag_together(self, library: Library) -> None:
        library.holds(
            post(10, tags=("ink",)), post(11, tags=("ink", "pens")), post(12, BOB, tags=("ink",)), post(13, BOB)
        )
        assert library.latest(kind=PostKind.ARTICLE) == [13, 11]
        assert library.latest(author=BOB) == [13, 12]
        assert library.latest(tag="ink") == [12, 11, 10]
        assert library.latest(tag="ink", before=12, limit=1) == [11]
        assert library.latest(tag="in") == []
        assert library.latest(AS_BOB, tag="ink", kind=PostKind.DISCUSSION, author=ADA) == [10]
        assert library.latest(MODERATOR, tag="pens", author=BOB) == []

    def test_what_the_viewer_does_not_see_is_not_found_by_its_tag_or_author(self, library: Library) -> None:
        """Stops a list of posts under a tag from showing what the list of all hides."""
        library.holds(written(10, tags=("ink",)), post(11, tags=("ink",)).hidden(), post(12, tags=("ink",)))
        assert library.latest(tag="ink") == library.latest(author=ADA) == library.latest(AS_BOB, tag="ink") == [12]
        assert library.latest(AS_ADA, tag="ink") == library.latest(MODERATOR, author=ADA) == [12, 10]

    def test_a_thread_reads_parents_first_and_goes_on_where_a_page_ended(self, library: Library) -> None:
        first, second = comment(20).shown(NOON), comment(30).shown(NOON)
        reply = comment(25, parent=first).shown(NOON)
        deeper = comment(40, parent=reply, author=ADA).shown(NOON)
        late = comment(35, parent=first).shown(NOON)
        library.holds(first, second, reply, deeper, late, comment(50, on=11).shown(NOON))
        thread = library.thread()
        assert numbers(thread) == [20, 25, 40, 35, 30]
        assert [seen.author.username for seen in thread] == ["bob", "bob", "ada", "bob", "bob"]
        assert thread[2].comment == evolve(deeper, version=1, recorded=())
        page = library.thread(limit=2)
        assert numbers(page) == [20, 25]
        assert numbers(library.thread(after=page[-1].comment.path)) == [40, 35, 30]
        assert library.thread(on=12) == library.thread(after=thread[-1].comment.path) == []

    def test_what_was_once_seen_keeps_its_place_and_what_never_was_is_for_its_author(self, library: Library) -> None:
        library.holds(
            comment(20).shown(NOON).deleted(BOB, NOON),
            comment(21).shown(NOON).hidden(),
            comment(22),
            comment(23).deleted(BOB, NOON),
            comment(24).shown(NOON).held(),
        )
        assert numbers(library.thread()) == [20, 21, 24]
        assert numbers(library.thread(AS_ADA)) == [20, 21, 24]
        assert numbers(library.thread(AS_BOB)) == [20, 21, 22, 24]
        assert numbers(library.thread(MODERATOR)) == [20, 21, 22, 24]

    def test_a_threads_pages_are_full_while_there_is_something_to_see(self, library: Library) -> None:
        library.holds(comment(20).shown(NOON), *(comment(n) for n in range(21, 240)), comment(240).shown(NOON))
        assert numbers(library.thread(limit=2)) == [20, 240]

    def test_whoever_left_has_the_name_they_chose_to_leave(self, library: Library) -> None:
        library.people(
            person(4, "grace", deletion_requested_at=NOON, keep_name=True),
            person(5, "mallory", deletion_requested_at=NOON, keep_name=False),
        )
        library.holds(post(10, user(4)), post(11, user(5)), comment(20, author=user(5)).shown(NOON))
        authors = [seen.author for seen in (library.post(10), library.post(11), *library.thread()) if seen]
        assert [one.username for one in authors] == [None] * 3
        assert [one.display_name for one in authors] == ["Grace", "Deleted User", "Deleted User"]

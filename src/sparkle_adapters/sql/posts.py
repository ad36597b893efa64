"""Reading posts and threads with their authors: one statement each."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from sparkle_adapters.codec import rows_of
from sparkle_adapters.sql.columns import ID, TEXT, WHOLE
from sparkle_adapters.sql.dialects import Dialect
from sparkle_adapters.sql.records import SqlRecords
from sparkle_core.domain.accounts import PEOPLE
from sparkle_core.domain.content import COMMENTS, POSTS, TAG, TAGGED, CommentOnPost, Moderation, Post, PostKind
from sparkle_core.domain.content.tags import tag_id
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.ports.content import AuthorView, SeenComment, SeenPost, Viewer
from sparkle_core.ports.store import Records

Tables = Mapping[str, sa.Table]
Build = Callable[[Tables, Dialect], sa.Executable]

AUTHOR = ("username", "display_name", "deletion_requested_at", "keep_name")


class SqlPosts:
    """The `PostReader` port over `SqlRecords`."""

    async def post(self, records: Records, id: UUID, viewer: Viewer) -> SeenPost | None:
        rows = await _sql(records).ask("post", _post, id=id)
        seen = _seen_post(rows[0]) if rows else None
        return seen if seen is not None and seen.post.seen_by(viewer.id, moderator=viewer.moderator) else None

    async def latest(
        self,
        records: Records,
        viewer: Viewer,
        *,
        kind: PostKind | None,
        author_id: UserId | None,
        tag: str | None,
        before: UUID | None,
        limit: int,
    ) -> list[SeenPost]:
        wanted = {
            "viewer": viewer.id,
            "kind": kind.value if kind else None,
            "author": author_id,
            "tag": tag_id(tag) if tag else None,
            "before": before,
            "limit": limit,
        }
        given = {name: value for name, value in wanted.items() if value is not None}
        question = f"latest posts by {' '.join(given)} {viewer.moderator}"
        rows = await _sql(records).ask(question, _latest(frozenset(given), viewer.moderator), **given)
        return [_seen_post(row) for row in rows]

    async def thread(
        self, records: Records, post_id: UUID, viewer: Viewer, *, after: str | None, limit: int
    ) -> list[SeenComment]:
        wanted = {"viewer": viewer.id, "after": after, "post": post_id, "limit": limit}
        given = {name: value for name, value in wanted.items() if value is not None}
        question = f"thread by {' '.join(given)} {viewer.moderator}"
        rows = await _sql(records).ask(question, _thread(frozenset(given), viewer.moderator), **given)
        return [_seen_comment(row) for row in rows]


def _sql(records: Records) -> SqlRecords:
    assert isinstance(records, SqlRecords)
    return records


def _seen_post(row: Sequence[Any]) -> SeenPost:
    post = rows_of(Post).value(row[: -len(AUTHOR)])
    return SeenPost(post, _author(post.author_id, row))


def _seen_comment(row: Sequence[Any]) -> SeenComment:
    comment = rows_of(CommentOnPost).value(row[: -len(AUTHOR)])
    return SeenComment(comment, _author(comment.author_id, row))


def _author(id: UserId, row: Sequence[Any]) -> AuthorView:
    username, display_name, asked_at, keep_name = row[-len(AUTHOR) :]
    return AuthorView.of(id, username, display_name, left=asked_at is not None, keeps_name=bool(keep_name))


def _with_authors(tables: Tables, of: sa.Table) -> sa.Select[Any]:
    person = tables[PEOPLE.name]
    return sa.select(*of.c, *(person.c[name] for name in AUTHOR)).join_from(of, person, person.c.id == of.c.author_id)


def _is(column: sa.Column[Any], state: Moderation) -> sa.ColumnElement[bool]:
    return column == sa.literal_column(f"'{state.value}'")


def _post(tables: Tables, dialect: Dialect) -> sa.Executable:
    post = tables[POSTS.name]
    return _with_authors(tables, post).where(post.c.id == sa.bindparam("id", type_=ID), post.c.deleted_at.is_(None))


def _latest(given: frozenset[str], moderator: bool) -> Build:
    """With a condition for each value given; a tag's posts come in order from the relation's own index."""

    def build(tables: Tables, dialect: Dialect) -> sa.Executable:
        post, tagged = tables[POSTS.name], tables[TAGGED.name]
        found = _with_authors(tables, post).where(post.c.deleted_at.is_(None), _listed(post, given, moderator))
        key = post.c.id
        if "tag" in given:
            found = found.join(tagged, tagged.c.source == post.c.id)
            found = found.where(
                tagged.c.target == sa.bindparam("tag", type_=ID),
                tagged.c.kind == sa.literal_column(f"'{TAG}'"),
            )
            key = tagged.c.source
        if "kind" in given:
            found = found.where(post.c.kind == sa.bindparam("kind", type_=TEXT))
        if "author" in given:
            found = found.where(post.c.author_id == sa.bindparam("author", type_=ID))
        if "before" in given:
            found = found.where(key < sa.bindparam("before", type_=ID))
        return found.order_by(key.desc()).limit(sa.bindparam("limit", type_=WHOLE))

    return build


def _listed(post: sa.Table, given: frozenset[str], moderator: bool) -> sa.ColumnElement[bool]:
    state = post.c.moderation
    if moderator:
        return sa.not_(_is(state, Moderation.REMOVED))
    if "viewer" not in given:
        return _is(state, Moderation.VISIBLE)
    own = post.c.author_id == sa.bindparam("viewer", type_=ID)
    return sa.or_(_is(state, Moderation.VISIBLE), sa.and_(_is(state, Moderation.HELD), own))


def _thread(given: frozenset[str], moderator: bool) -> Build:
    def build(tables: Tables, dialect: Dialect) -> sa.Executable:
        comment = tables[COMMENTS.name]
        found = _with_authors(tables, comment).where(comment.c.post_id == sa.bindparam("post", type_=ID))
        found = found.where(_in_thread(comment, given, moderator))
        if "after" in given:
            found = found.where(comment.c.path > sa.bindparam("after", type_=TEXT))
        return found.order_by(comment.c.path).limit(sa.bindparam("limit", type_=WHOLE))

    return build


def _in_thread(comment: sa.Table, given: frozenset[str], moderator: bool) -> sa.ColumnElement[bool]:
    was_seen, alive = comment.c.published_at.is_not(None), comment.c.deleted_at.is_(None)
    if moderator:
        return sa.or_(was_seen, alive)
    if "viewer" not in given:
        return was_seen
    return sa.or_(was_seen, sa.and_(alive, comment.c.author_id == sa.bindparam("viewer", type_=ID)))

"""What SQL is asked about leaderboards: one function a statement, each compiled once.

Counting what is before a place: on each level, from the top, the widths of the towers from where
the level above left off up to the last one that is not behind the place; then the places from
there on. That is about 64 rows of an index a level, at any size, where COUNT(*) over the places
before would read every one of them.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from sparkle_adapters.places import LEVELS
from sparkle_adapters.sql.board_tables import BOARD, SCORE, TOWER
from sparkle_adapters.sql.columns import FLAG, ID, INSTANT, TEXT, WHOLE
from sparkle_adapters.sql.dialects import Dialect

Tables = Mapping[str, sa.Table]

_BEYOND = sa.literal_column("'g'", TEXT)
"""Sorts after every place: those are hexadecimal digits."""


def _given(name: str, kind: Any = TEXT) -> sa.BindParameter[Any]:
    return sa.bindparam(name, type_=kind)


def _level(number: int) -> sa.ColumnElement[int]:
    return sa.literal_column(str(number), WHOLE)


def _sum(widths: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.coalesce(sa.func.sum(widths), _level(0)), WHOLE)


def held(tables: Tables, dialect: Dialect) -> sa.Executable:
    """Hold boards by `keys`, in their order; answers those that are there."""
    key = tables[BOARD].c.key
    return sa.select(key).where(dialect.among(key, "keys")).order_by(key).with_for_update()


def opened(tables: Tables, dialect: Dialect) -> sa.Executable:
    """Boards by `key` and `ends_at`, unless they are there."""
    new = dialect.listed({"key": TEXT, "ends_at": INSTANT})
    some = sa.select(new.c.key, new.c.ends_at).where(sa.true())  # SQLite wants a WHERE before its ON CONFLICT
    insert: sa.Executable = dialect.insert(tables[BOARD]).from_select(["key", "ends_at"], some).on_conflict_do_nothing()
    return insert


def raised(tables: Tables, dialect: Dialect) -> sa.Executable:
    """Towers by `board`, `level` and `place`, as wide as nothing until they are measured."""
    new = dialect.listed({"board": TEXT, "level": WHOLE, "place": TEXT})
    some = sa.select(new.c.board, new.c.level, new.c.place, _level(0)).where(sa.true())
    columns = ["board", "level", "place", "width"]
    insert: sa.Executable = dialect.insert(tables[TOWER]).from_select(columns, some).on_conflict_do_nothing()
    return insert


def razed(tables: Tables, dialect: Dialect) -> sa.Executable:
    """Remove towers by `board`, `level` and `place`."""
    tower, old = tables[TOWER].c, dialect.listed({"board": TEXT, "level": WHOLE, "place": TEXT})
    same = sa.tuple_(tower.board, tower.level, tower.place)
    return sa.delete(tables[TOWER]).where(same.in_(sa.select(old.c.board, old.c.level, old.c.place)))


def scores(tables: Tables, dialect: Dialect) -> sa.Executable:
    """Scores by `board` and `user_id`."""
    score, some = tables[SCORE].c, dialect.listed({"board": TEXT, "user_id": ID})
    same = sa.and_(score.board == some.c.board, score.user_id == some.c.user_id)
    return sa.select(*score).select_from(some.join(tables[SCORE], same))


def scores_of(tables: Tables, dialect: Dialect) -> sa.Executable:
    """A person's scores, on all boards."""
    score = tables[SCORE].c
    return sa.select(*score).where(score.user_id == _given("user_id", ID))


def kept(tables: Tables, dialect: Dialect) -> sa.Executable:
    """Scores as they are now."""
    kinds = {"board": TEXT, "user_id": ID, "score": WHOLE, "reached_at": INSTANT, "shown": FLAG, "place": TEXT}
    new = dialect.listed(kinds)
    insert = dialect.insert(tables[SCORE]).from_select(list(kinds), sa.select(*new.c).where(sa.true()))
    changed = {name: insert.excluded[name] for name in list(kinds)[2:]}
    update: sa.Executable = insert.on_conflict_do_update(index_elements=["board", "user_id"], set_=changed)
    return update


def measured(level: int) -> Any:
    """Measure a level's towers anew, those that have one of the places `probe` on a `board` under them.

    By the level below, which is measured already.
    """

    def build(tables: Tables, dialect: Dialect) -> sa.Executable:
        tower, under, following = tables[TOWER], tables[TOWER].alias("under"), tables[TOWER].alias("following")
        probes = dialect.listed({"board": TEXT, "probe": TEXT})
        of_level = sa.and_(under.c.board == probes.c.board, under.c.level == _level(level))
        last = sa.select(sa.func.max(under.c.place)).where(of_level, under.c.place <= probes.c.probe)
        touched = sa.select(probes.c.board, last.scalar_subquery())
        ahead = sa.and_(
            following.c.board == tower.c.board,
            following.c.level == _level(level),
            following.c.place > tower.c.place,
        )
        following_one = sa.select(sa.func.min(following.c.place)).where(ahead).correlate(tower).scalar_subquery()
        end = sa.func.coalesce(following_one, _BEYOND)
        if level == 1:
            below = tables[SCORE].alias("below")
            counted = sa.select(sa.func.count()).select_from(below).where(below.c.board == tower.c.board)
        else:
            below = tables[TOWER].alias("below")
            counted = sa.select(_sum(below.c.width)).where(
                below.c.board == tower.c.board, below.c.level == _level(level - 1)
            )
        width = counted.where(below.c.place >= tower.c.place, below.c.place < end).scalar_subquery()
        return (
            sa.update(tower)
            .where(tower.c.level == _level(level), sa.tuple_(tower.c.board, tower.c.place).in_(touched))
            .values(width=width)
        )

    return build


def before(tables: Tables, dialect: Dialect) -> sa.Executable:
    """How many places of a `board` sort before a `place`."""
    return sa.select(_before(tables, _given("place")))


def standing(tables: Tables, dialect: Dialect) -> sa.Executable:
    """A person's place on a `board`, and how many are before it."""
    score = tables[SCORE].c
    own = sa.select(score.place).where(
        score.board == _given("board"), score.user_id == _given("user_id", ID), score.place.is_not(None)
    )
    mine = own.cte("mine")
    return sa.select(mine.c.place, _before(tables, sa.select(mine.c.place).scalar_subquery()))


def _before(tables: Tables, place: sa.ColumnElement[str]) -> sa.ColumnElement[int]:
    board, score, tower = _given("board"), tables[SCORE].c, tables[TOWER]
    parts: list[sa.ColumnElement[int]] = []
    start: sa.ColumnElement[str] | None = None
    for level in range(LEVELS, 0, -1):
        of_level = sa.and_(tower.c.board == board, tower.c.level == _level(level))
        last = sa.select(sa.func.max(tower.c.place).label("place")).where(of_level, tower.c.place <= place)
        stop = sa.select(last.cte(f"level_{level}").c.place).scalar_subquery()
        skipped = sa.select(_sum(tower.c.width)).where(of_level, tower.c.place < stop)
        parts.append((skipped if start is None else skipped.where(tower.c.place >= start)).scalar_subquery())
        start = stop
    rest = sa.select(sa.func.count()).where(score.board == board, score.place >= start, score.place < place)
    total = rest.scalar_subquery()
    for part in parts:
        total = total + part  # type: ignore[assignment]
    return total


def ahead(tables: Tables, dialect: Dialect) -> sa.Executable:
    """The last `limit` places before a `place`, nearest first."""
    score = tables[SCORE].c
    some = sa.select(score.place).where(score.board == _given("board"), score.place < _given("place"))
    return some.order_by(score.place.desc()).limit(_given("limit", WHOLE))


def behind(tables: Tables, dialect: Dialect) -> sa.Executable:
    """The first `limit` places from a `place` on."""
    score = tables[SCORE].c
    some = sa.select(score.place).where(score.board == _given("board"), score.place >= _given("place"))
    return some.order_by(score.place).limit(_given("limit", WHOLE))


def among(tables: Tables, dialect: Dialect) -> sa.Executable:
    """The places of people by `ids`, in order."""
    score = tables[SCORE].c
    mine = sa.and_(score.board == _given("board"), dialect.among(score.user_id, "ids"), score.place.is_not(None))
    return sa.select(score.place).where(mine).order_by(score.place)


def size(tables: Tables, dialect: Dialect) -> sa.Executable:
    """How many places there are."""
    tower = tables[TOWER].c
    return sa.select(_sum(tower.width)).where(tower.board == _given("board"), tower.level == _level(LEVELS))


def over(tables: Tables, dialect: Dialect) -> sa.Executable:
    """The first board that ended before an instant."""
    board = tables[BOARD].c
    return sa.select(board.key).where(board.ends_at < _given("before", INSTANT)).order_by(board.key).limit(_level(1))


def gone(table: str) -> Any:
    """Remove what a table has of a `board`."""

    def build(tables: Tables, dialect: Dialect) -> sa.Executable:
        column = tables[table].c.key if table == BOARD else tables[table].c.board
        return sa.delete(tables[table]).where(column == _given("board"))

    return build

"""What we rely on in SQLAlchemy's privates: every column type, every clause, compiled once."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from sparkle_adapters.codec import rows_of
from sparkle_adapters.sql.changes import Change, Writing
from sparkle_adapters.sql.columns import BY_AFFINITY, FLAG, ID, INSTANT, TEXT, WHOLE
from sparkle_adapters.sql.dialects import POSTGRES, SQLITE, Dialect
from sparkle_adapters.sql.schema import Schema
from sparkle_core.testing.contracts.shapes import DECLARED, Member

TABLE = sa.Table(
    "thing",
    sa.MetaData(),
    sa.Column("id", ID, primary_key=True),
    *(sa.Column(affinity, kind) for affinity, kind in BY_AFFINITY.items()),
)
KEY, NOON = UUID(int=7), datetime(2026, 11, 23, 12, tzinfo=UTC)
PLAIN: dict[str, Any] = {"uuid": KEY, "text": "é", "json": "{}", "int": -(2**63), "bool": True, "instant": NOON}
IN_SQLITE = {**PLAIN, "uuid": KEY.hex, "bool": 1, "instant": "2026-11-23T12:00:00.000000Z"}


@pytest.mark.parametrize(("dialect", "driver"), [(SQLITE, IN_SQLITE), (POSTGRES, PLAIN)])
@pytest.mark.parametrize("affinity", list(BY_AFFINITY))
def test_every_column_type_goes_to_the_driver_and_comes_back(
    dialect: Dialect, driver: dict[str, Any], affinity: str
) -> None:
    column = TABLE.c[affinity]
    compiled = dialect.compiled(sa.select(column).where(column == sa.bindparam("value", type_=column.type)))
    assert compiled.arguments({"value": PLAIN[affinity]}) == [driver[affinity]]
    assert compiled.arguments({"value": None}) == [None]
    assert [list(row) for row in compiled.rows([(driver[affinity],), (None,)])] == [[PLAIN[affinity]], [None]]


def test_on_postgres_rows_pass_through_untouched() -> None:
    """asyncpg answers plain values; a processor of SQLAlchemy's in between would cost what compiling saves."""
    raw = [(1, 2)]
    assert POSTGRES.compiled(sa.select(TABLE)).rows(raw) is raw


@pytest.mark.parametrize("dialect", [SQLITE, POSTGRES])
def test_literals_in_a_statement_become_arguments_too(dialect: Dialect) -> None:
    compiled = dialect.compiled(
        sa.update(TABLE).where(TABLE.c.id == sa.bindparam("key", type_=ID)).values(int=TABLE.c.int + 41)
    )
    assert 41 in compiled.arguments({"key": KEY})


@pytest.mark.parametrize("dialect", [SQLITE, POSTGRES])
def test_a_parameter_without_a_value_is_named(dialect: Dialect) -> None:
    compiled = dialect.compiled(sa.select(TABLE.c.id).where(TABLE.c.int == sa.bindparam("number", type_=WHOLE)))
    with pytest.raises(KeyError, match="number"):
        compiled.arguments({})


@pytest.mark.parametrize("dialect", [SQLITE, POSTGRES])
def test_lists_of_unknown_length_are_refused_and_among_takes_them(dialect: Dialect) -> None:
    with pytest.raises(TypeError, match="among"):
        dialect.compiled(sa.select(TABLE.c.id).where(TABLE.c.int.in_(sa.bindparam("numbers", expanding=True))))
    for column, values in (
        (TABLE.c.uuid, [KEY]),
        (TABLE.c.instant, [NOON]),
        (TABLE.c.text, ["é", '"']),
        (TABLE.c.int, []),
    ):
        assert (
            len(
                dialect.compiled(sa.select(TABLE.c.id).where(dialect.among(column, "some"))).arguments({"some": values})
            )
            == 1
        )


def test_text_and_instants_compare_alike_everywhere() -> None:
    created = {d: str(sa.schema.CreateTable(TABLE).compile(dialect=d.sql)) for d in (SQLITE, POSTGRES)}
    assert 'text TEXT COLLATE "C"' in created[POSTGRES]
    assert "instant TIMESTAMP WITH TIME ZONE" in created[POSTGRES]
    assert "id UUID" in created[POSTGRES]
    assert "instant VARCHAR(27)" in created[SQLITE]
    assert "id CHAR(32)" in created[SQLITE]


def test_a_flush_on_postgres_is_one_statement_with_a_parameter_a_column() -> None:
    writing = Writing(Schema.of(DECLARED), POSTGRES)
    changes = [Change("update", "member"), Change("insert", "member")]
    row = rows_of(Member).row(Member(id=KEY, name="ada"))
    compiled = writing.together(changes)
    arguments = compiled.arguments(writing.arrays([(changes[0], [(1, *row)]), (changes[1], [row, row])]))
    assert len(arguments) == 2 * len(row) + 1
    assert compiled.sql.count("unnest") == 2
    assert writing.together(list(changes)) is compiled


@pytest.mark.parametrize("kind", [ID, TEXT, WHOLE, FLAG, INSTANT])
def test_arrays_of_every_type_reach_postgres_as_they_are(kind: Any) -> None:
    affinity = next(a for a, k in BY_AFFINITY.items() if k is kind)
    listed = POSTGRES.listed({"some": kind})
    compiled = POSTGRES.compiled(sa.select(listed.c.some))
    assert compiled.arguments({"some": [PLAIN[affinity], None]}) == [[PLAIN[affinity], None]]

"""The tables of leaderboards: boards, everybody's score, and the towers of the skip list over the places."""

import sqlalchemy as sa

from sparkle_adapters.sql.columns import FLAG, ID, INSTANT, TEXT, WHOLE

BOARD, SCORE, TOWER = "leaderboard", "leaderboard_score", "leaderboard_tower"


def add_board_tables(metadata: sa.MetaData) -> None:
    """Write the tables into some metadata.

    A score's `place` is the text it sorts by (`sparkle_adapters/places.py`), empty for who is not
    listed. A tower's `width` is how many places there are from its own up to the next one's of its
    level; each level begins with one at "".
    """
    board = sa.Table(
        BOARD,
        metadata,
        sa.Column("key", TEXT, primary_key=True),
        sa.Column("ends_at", INSTANT),
    )
    sa.Index("ix_leaderboard_ends_at", board.c.ends_at)
    score = sa.Table(
        SCORE,
        metadata,
        sa.Column("board", TEXT, primary_key=True),
        sa.Column("user_id", ID, primary_key=True),
        sa.Column("score", WHOLE, nullable=False),
        sa.Column("reached_at", INSTANT, nullable=False),
        sa.Column("shown", FLAG, nullable=False),
        sa.Column("place", TEXT),
    )
    sa.Index("ix_leaderboard_score_place", score.c.board, score.c.place)
    sa.Index("ix_leaderboard_score_user_id", score.c.user_id)
    sa.Table(
        TOWER,
        metadata,
        sa.Column("board", TEXT, primary_key=True),
        sa.Column("level", WHOLE, primary_key=True, autoincrement=False),
        sa.Column("place", TEXT, primary_key=True),
        sa.Column("width", WHOLE, nullable=False),
    )

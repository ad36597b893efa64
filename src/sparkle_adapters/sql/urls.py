"""Addresses of databases."""

from pathlib import Path

from sparkle_core.domain.kernel.errors import Invalid

SQLITE_URL = "sqlite:///"


def is_postgres(url: str) -> bool:
    return url.startswith(("postgresql://", "postgres://"))


def sqlite_path(place: Path | str) -> Path:
    """The file behind a path or a `sqlite:///` URL. Raises `Invalid` for a database in memory."""
    text = str(place)
    path = text.removeprefix(SQLITE_URL)
    if not path or path == ":memory:" or (path == text and text.startswith("sqlite:")):
        raise Invalid.at("url", "must name a file, for example sqlite:///var/sparkle.db; in_memory() needs none")
    return Path(path)

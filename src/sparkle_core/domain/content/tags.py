"""Tags: normalised words that posts are found by."""

import re
import unicodedata
from typing import Annotated
from uuid import UUID, uuid5

from sparkle_core.domain.kernel.errors import Fault, Invalid
from sparkle_core.domain.kernel.fields import Items, Text

MAX_TAGS = 10
MAX_TAG = 50

Tag = Annotated[str, Text(1, MAX_TAG)]
Tags = Annotated[tuple[Tag, ...], Items(MAX_TAGS)]
GivenTags = Annotated[tuple[Annotated[str, Text(1, 100)], ...], Items(MAX_TAGS)]
"""Tags as somebody typed them."""

_APART = re.compile(r"[\W_]+")
_TAGS = UUID("5a1e7c00-0000-5000-8000-000000000010")


def tag_of(text: str) -> str:
    """A tag's normal form: compatibility-composed, folded, words with hyphens between them; "" when nothing is left.

    >>> tag_of("#Fan_Art  & Sketches")
    'fan-art-sketches'
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _APART.sub("-", folded).strip("-")


def tags_of(given: tuple[str, ...]) -> tuple[str, ...]:
    """The normal forms in the order given, each once. Raises `Invalid` naming each that cannot be one."""
    tags = [tag_of(one) for one in given]
    faults = [
        Fault(f"tags.{i}", "must have letters or digits" if not tag else f"must have at most {MAX_TAG} characters")
        for i, tag in enumerate(tags)
        if not 1 <= len(tag) <= MAX_TAG
    ]
    if faults:
        raise Invalid.all_of(faults)
    return tuple(dict.fromkeys(tags))


def tag_id(tag: str) -> UUID:
    """A tag as an id, for the relation between posts and tags."""
    return uuid5(_TAGS, tag)

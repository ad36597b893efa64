"""What a post can be about, and what it is put together from."""

from attrs import frozen


@frozen(kw_only=True)
class Topic:
    """A thing to post about: one title, opening, some middles, a closing, and what people answer.

    Names in braces are filled in by `writing.py`, the same throughout a post and its thread. `heads`: the
    headings over an ARTICLE's middles. `points`: the items of its list.
    """

    kind: str
    titles: tuple[str, ...]
    openings: tuple[str, ...]
    middles: tuple[str, ...]
    closings: tuple[str, ...]
    answers: tuple[str, ...]
    heads: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

"""Which of two media types a client prefers (RFC 9110, 12.5.1)."""

import re
from collections.abc import Iterable

JSON = "application/json"
CSV = "text/csv"

_RANGE = re.compile(r"\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*(.*)", re.DOTALL)
_QUALITY = re.compile(r"(?:^|;)\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*(?:;|$)", re.IGNORECASE)
MOST = 2_000
"""Characters of an Accept header that are looked at."""


def prefers_csv(accepts: Iterable[str]) -> bool:
    """Whether CSV is wanted more than JSON, which it is sent as otherwise; by the values of the Accept headers."""
    ranges = _ranges(",".join(accepts)[:MOST])
    return _quality(ranges, CSV) > _quality(ranges, JSON)


def _ranges(accept: str) -> dict[str, float]:
    """Media ranges and their quality; what cannot be read is left out."""
    found: dict[str, float] = {}
    for part in accept.split(","):
        media = _RANGE.fullmatch(part)
        if media is not None:
            quality = _QUALITY.search(media[2])
            found[media[1].lower()] = float(quality[1]) if quality is not None else 1.0
    return found


def _quality(ranges: dict[str, float], media: str) -> float:
    """That of the range which names it most closely; 0 for what is not named."""
    closest = (media, f"{media.partition('/')[0]}/*", "*/*")
    return next((ranges[name] for name in closest if name in ranges), 0.0)

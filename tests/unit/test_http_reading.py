"""Reading JSON takes time in step with its length: it happens before anybody is asked who they are."""

import pytest

from sparkle_web.problems import Malformed
from sparkle_web.reading import json_of

MIB = 1024 * 1024


def test_a_string_of_escaped_quotes_without_an_end_does_not_stop_the_server() -> None:
    """Stops an anonymous POST that held the event loop for many minutes: the search began anew at each quote."""
    body = b"[]" * 65 + b'"' + b'\\"' * (MIB // 2)
    with pytest.raises(Malformed, match="is not JSON"):
        json_of(body)


def test_a_key_given_twice_among_very_many_does_not_stop_the_server() -> None:
    """Stops an anonymous POST that held the event loop: every name was compared with all the others."""
    names = [f"k{number}" for number in range(80_000)]
    body = ("{" + ",".join(f'"{name}":0' for name in [*names, names[-1]]) + "}").encode()
    with pytest.raises(Malformed, match="k79999"):
        json_of(body)

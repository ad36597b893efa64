"""People whom many tests are about: active members of the test's own `sparkle`."""

import pytest
from tests.support.people import Somebody, member

from sparkle_bootstrap import Sparkle


@pytest.fixture
def ada(sparkle: Sparkle) -> Somebody:
    return member(sparkle, "ada")


@pytest.fixture
def bob(sparkle: Sparkle) -> Somebody:
    return member(sparkle, "bob")


@pytest.fixture
def eve(sparkle: Sparkle) -> Somebody:
    return member(sparkle, "eve")

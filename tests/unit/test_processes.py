"""What a serving process does once: Python's collector leaves alone what stays."""

import gc

from sparkle_bootstrap.processes import NEW_OBJECTS, settle


def test_what_is_there_when_serving_begins_is_not_looked_through_again() -> None:
    before = gc.get_threshold()
    try:
        settle()
        assert gc.get_freeze_count() > 10_000
        assert gc.get_threshold()[0] == NEW_OBJECTS
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)

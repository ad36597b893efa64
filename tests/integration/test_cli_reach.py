"""Every use case of progression and economy is reached by a command, or it is said why none reaches it."""

from collections.abc import Collection, Iterable
from importlib import import_module

from sparkle_cli.main import COMMANDS
from sparkle_cli.unreached import NOT_REACHED
from sparkle_core.application import economy, leaderboards, progression
from sparkle_core.application.kernel.commands import Command, Query
from sparkle_core.domain.kernel.actors import Permission

USE_CASES = (*progression.USE_CASES, *leaderboards.USE_CASES, *economy.USE_CASES)
THE_DEMO = "seeding"
"""Makes up people who act in their own names: no operator reaches anything by it."""


def reached(modules: Iterable[str]) -> set[type]:
    """The requests that the modules of commands import; what one imports it uses, or the linter refuses it."""
    members = (value for name in modules for value in vars(import_module(f"sparkle_cli.{name}")).values())
    return {value for value in members if isinstance(value, type) and issubclass(value, Command | Query)}


def neither(requests: Collection[type], by: set[type], explained: Collection[type]) -> set[str]:
    """The names of requests that no command reaches and nobody explained."""
    return {request.__name__ for request in requests if request not in by and request not in explained}


REACHED = reached({place.partition(":")[0] for _, place, _ in COMMANDS} - {THE_DEMO})
INTERNAL = {use.request for use in USE_CASES if use.permission is Permission.DELIVER}
REQUESTS = {use.request for use in USE_CASES} - INTERNAL


def test_every_use_case_is_reached_or_has_a_stated_reason() -> None:
    assert neither(REQUESTS, REACHED, NOT_REACHED) == set()
    assert all(NOT_REACHED.values())


def test_nothing_that_is_reached_or_gone_is_said_not_to_be_reached() -> None:
    assert REACHED & NOT_REACHED.keys() == set()
    assert NOT_REACHED.keys() - REQUESTS == set()


def test_a_use_case_that_somebody_forgot_is_found() -> None:
    without = {request: why for request, why in NOT_REACHED.items() if request is not economy.SendTip}
    assert neither(REQUESTS, REACHED, without) == {"SendTip"}
    assert neither(REQUESTS, REACHED - {progression.AwardXp}, NOT_REACHED) == {"AwardXp"}


def test_the_demo_alone_would_tip_in_somebodys_name() -> None:
    assert economy.SendTip in reached([THE_DEMO])
    assert economy.SendTip not in REACHED


def test_no_command_does_by_hand_what_the_worker_counts() -> None:
    """Going through everybody for achievements is the exception, which an operator begins."""
    by_hand = {progression.NextToBackfill, progression.MarkBackfilled, progression.UnlockDue}
    assert by_hand == INTERNAL & REACHED

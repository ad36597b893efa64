"""Content when many act at once, on the stores where they can."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest

from sparkle_bootstrap import Sparkle
from sparkle_core.application.accounts import VerifyEmail
from sparkle_core.application.content import (
    Comment,
    CommentsOf,
    DeleteComment,
    EditPost,
    PostById,
    PublishPost,
    React,
    Unreact,
)
from sparkle_core.domain.content import Article, RichText
from sparkle_core.domain.kernel.errors import NotFound, SparkleError, VersionMismatch
from tests.communities import SQL_STORES, community
from tests.support.people import Somebody, newcomer

R = TypeVar("R")

POST = PublishPost(title="Inks", content=Article(body=RichText.of("How to ink.")), tags=("ink",))


def at_once(tasks: list[Callable[[], R]]) -> list[R | SparkleError]:
    """What each answers, or refuses with."""

    def outcome(task: Callable[[], R]) -> R | SparkleError:
        try:
            return task()
        except SparkleError as refused:
            return refused

    with ThreadPoolExecutor(12) as pool:
        return list(pool.map(outcome, tasks))


@pytest.fixture(params=SQL_STORES)
def sparkle(request: pytest.FixtureRequest) -> Iterator[Sparkle]:
    with community(request.param, seed=11) as made:
        yield made


@pytest.fixture
def people(sparkle: Sparkle) -> list[Somebody]:
    joined = [newcomer(sparkle, f"person_{n}") for n in range(12)]
    sparkle.run_coroutine(sparkle.drain())
    for one in joined:
        sparkle.run(VerifyEmail(email=one.email, code=sparkle.mailbox.latest(one.email).code))
    return joined


def test_every_reaction_counts_once_when_all_react_and_change_their_minds_at_once(
    sparkle: Sparkle, people: list[Somebody]
) -> None:
    post = sparkle.run(POST, actor=people[0].actor).id
    tasks: list[Callable[[], object]] = []
    for n, one in enumerate(people):
        moves: list[React | Unreact] = [React(target_id=post)] * 3
        moves += [Unreact(target_id=post)] * 2 if n % 3 == 0 else []
        tasks += [lambda one=one, move=move: sparkle.run(move, actor=one.actor) for move in moves]  # type: ignore[misc]
    refused = [answer for answer in at_once(tasks) if isinstance(answer, SparkleError)]
    assert refused == []
    mine = [sparkle.run(PostById(post_id=post), actor=one.actor).reactions for one in people]
    there = sum(1 for reactions in mine if reactions.mine == ("LIKE",))
    assert mine[0].counts.get("LIKE", 0) == there >= 8


def test_of_edits_of_one_version_one_is_taken(sparkle: Sparkle, people: list[Somebody]) -> None:
    ada = people[0]
    post = sparkle.run(POST, actor=ada.actor).id
    edits = [EditPost(post_id=post, title=f"Title {n}", expected_version=1) for n in range(20)]
    answers = at_once([lambda edit=edit: sparkle.run(edit, actor=ada.actor) for edit in edits])  # type: ignore[misc]
    taken = [edit for edit, answer in zip(edits, answers, strict=True) if not isinstance(answer, SparkleError)]
    assert len(taken) == 1
    assert sum(isinstance(answer, VersionMismatch) for answer in answers) == 19
    seen = sparkle.run(PostById(post_id=post))
    assert (seen.title, seen.version) == (taken[0].title, 2)


def test_a_thread_loses_and_doubles_nothing_when_all_comment_and_delete_at_once(
    sparkle: Sparkle, people: list[Somebody]
) -> None:
    ada = people[0]
    post = sparkle.run(POST, actor=ada.actor).id
    root = sparkle.run(Comment(post_id=post, text="root"), actor=ada.actor).id
    writes = [Comment(post_id=post, text=f"reply {n}", parent_id=root) for n in range(24)]
    answers = at_once(
        [lambda n=n, cmd=cmd: sparkle.run(cmd, actor=people[n % 12].actor) for n, cmd in enumerate(writes)]  # type: ignore[misc]
    )
    assert not [answer for answer in answers if isinstance(answer, SparkleError)]
    deletes = at_once([lambda: sparkle.run(DeleteComment(comment_id=root), actor=ada.actor) for _ in range(8)])
    assert sum(answer is None for answer in deletes) == 1
    assert sum(isinstance(answer, NotFound) for answer in deletes) == 7
    found = sparkle.run(CommentsOf(post_id=post, limit=100)).items
    assert (found[0].id, found[0].deleted) == (root, True)
    assert sorted(c.text for c in found[1:]) == sorted(cmd.text for cmd in writes)
    assert sparkle.run(PostById(post_id=post)).comments == 24

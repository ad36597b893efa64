"""The stage of a simulation: faster than production in memory, and the same in effect."""

from collections import Counter
from typing import Any

import pytest
from attrs import evolve

from sparkle_adapters.memory.tables import remembering
from sparkle_bootstrap import Sparkle
from sparkle_bootstrap.simulating import Simulated, simulated
from sparkle_core.application.accounts import Register, RequestEmailCode, VerifyEmail
from sparkle_core.application.content import Comment, DeletePost, PublishPost, React, Unreact
from sparkle_core.application.kernel.relay import Reaction
from sparkle_core.domain.accounts.events import EmailCodeRequested
from sparkle_core.domain.content import Article, RichText
from sparkle_core.domain.kernel.actors import Actor
from sparkle_core.domain.kernel.errors import Invalid, Taken
from sparkle_core.domain.kernel.fields import Secret, UserId, uuid_of
from sparkle_core.domain.progression import XP_ENTRIES

TEXT = {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Who saw it?"}]}]}


def newcomer(name: str, email: str) -> Register:
    return Register(email=email, username=name, password=Secret("Corr3ct-horse-battery"), agree_to_terms=True)


def relayed(stage: Simulated) -> None:
    """Act on what happened as production does."""
    stage.sparkle.run_coroutine(stage.sparkle.drain())


def an_evening(stage: Simulated, *, by_relay: bool) -> tuple[Counter[Any], Counter[Any]]:
    """Two people write, like, change their minds; answers the XP they got, and the points."""
    run, drain = stage.sparkle.run, relayed if by_relay else Simulated.drain
    actors: list[Actor] = []
    for name in ("ada", "bob"):
        email = f"{name}@example.org"
        actors.append(run(newcomer(name, email)).actor)
        drain(stage)
        run(VerifyEmail(email=email, code=Secret(stage.sparkle.mailbox.latest(email).code)))
    ada, bob = actors
    posts = [run(PublishPost(title=f"Post {n}", content=Article(body=RichText(TEXT))), actor=ada).id for n in range(6)]
    for post in posts:
        run(React(target_id=post), actor=bob)
        run(Comment(post_id=post, text="I did."), actor=bob)
    drain(stage)
    run(Unreact(target_id=posts[0]), actor=bob)
    run(DeletePost(post_id=posts[1]), actor=ada)
    drain(stage)
    run(React(target_id=posts[0]), actor=bob)
    drain(stage)
    who = {actor.user_id: number for number, actor in enumerate(actors)}
    xp: Counter[Any] = Counter((who[e.user_id], e.source, e.round, e.amount) for e in stage.journal.entries(XP_ENTRIES))
    points: Counter[Any] = Counter((transfer.kind, transfer.amount) for transfer in stage.journal.transfers())
    return xp, points


def test_events_have_the_effects_that_the_relay_gives_them() -> None:
    ours, relays = simulated(7), simulated(7)
    assert an_evening(ours, by_relay=False) == an_evening(relays, by_relay=True)
    assert ours.calls == relays.calls
    assert ours.calls["ReverseXp", "ok"] == 2


def test_an_event_is_acted_on_once() -> None:
    stage = simulated(7)
    an_evening(stage, by_relay=False)
    before = stage.calls.copy()
    stage.drain()
    assert stage.calls == before


def test_a_refusal_that_production_would_try_again_ends_the_simulation() -> None:
    stage = simulated(7)
    odd = Reaction(EmailCodeRequested, lambda event, _: [RequestEmailCode(email="no address")])
    relay = evolve(stage.sparkle.relay, reactions=(odd,))
    sparkle = Sparkle(relay.dispatcher, relay, stage.sparkle.rules, stage.sparkle.mailbox, inline=False)
    sparkle.run(newcomer("ada", "ada@example.org"))
    with pytest.raises(Invalid):
        evolve(stage, sparkle=sparkle).drain()


def test_a_row_is_decoded_once_while_it_is_remembered_and_another_always() -> None:
    decoded: list[tuple[int, ...]] = []

    def decode(row: tuple[int, ...]) -> int:
        decoded.append(row)
        return sum(row)

    value, rows = remembering(decode, 2), [(n, n) for n in range(4)]
    assert [value(row) for row in (rows[0], rows[1], rows[0], rows[1])] == [0, 2, 0, 2]
    assert decoded == rows[:2]
    assert [value(row) for row in rows] == [0, 2, 4, 6]
    assert [value(tuple([n, n])) for n in range(4)] == [0, 2, 4, 6]  # equal, but rows of their own


def test_the_journal_reads_each_entry_once_and_nothing_that_was_rolled_back() -> None:
    stage = simulated(7)
    run, journal = stage.sparkle.run, stage.journal
    run(newcomer("ada", "ada@example.org"))
    run(newcomer("bob", "bob@example.org"))
    with pytest.raises(Taken):  # found out when its points are issued already
        run(newcomer("eve", "ada@example.org"))
    assert [t.kind for t in journal.transfers()] == ["welcome_bonus", "welcome_bonus"]
    assert [e.source for e in journal.entries(XP_ENTRIES)] == ["account_created", "account_created"]
    assert (journal.transfers(), journal.entries(XP_ENTRIES)) == ([], [])
    cleo = run(newcomer("cleo", "cleo@example.org"))
    assert [t.id.key for t in journal.transfers()] == [str(cleo.id)]
    assert [e.user_id for e in journal.entries(XP_ENTRIES)] == [cleo.id]


def test_the_code_of_nobody_is_not_found() -> None:
    with pytest.raises(LookupError):
        simulated(7).referral_code(UserId(uuid_of(7)))

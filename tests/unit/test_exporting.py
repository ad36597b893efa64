"""Copies of one's data: asked for, made, fetched, gone. What is in them: tests/integration/test_erasure.py."""

import io
import json
import random
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve
from tests.support.clock import later
from tests.support.people import Somebody, being_erased, member, proved

from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import EditProfile
from sparkle_core.application.exporting import (
    ExportOf,
    ExportView,
    FetchExport,
    MakeExport,
    MyExports,
    RequestExport,
)
from sparkle_core.application.shared.archives import Archive
from sparkle_core.domain.accounts import EXPORT_PARTS, PROFILES, SYSTEM
from sparkle_core.domain.accounts.exports import ExportPart
from sparkle_core.domain.kernel.errors import Limited, NotFound, StepUpRequired
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.stored import Kind
from sparkle_core.domain.notifications import NOTIFICATIONS, Notification, NotificationType
from sparkle_core.ports.store import Transaction


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=11)


def asks(sparkle: Sparkle, somebody: Somebody) -> ExportView:
    sparkle.run(RequestExport(), actor=proved(sparkle, somebody.actor))
    return sparkle.run(MyExports(), actor=somebody.actor)[0]


def fetches(sparkle: Sparkle, somebody: Somebody, id: UUID) -> Archive:
    return sparkle.run(FetchExport(export_id=id), actor=proved(sparkle, somebody.actor))


def data_in(archive: Archive) -> Any:
    with zipfile.ZipFile(io.BytesIO(archive.data)) as files:
        return json.loads(files.read("data.json"))


def changed(sparkle: Sparkle, kind: Kind[Any], change: Callable[[Any], Any]) -> None:
    async def body(tx: Transaction) -> None:
        for row in await tx.records.find(kind):
            tx.records.save(kind, change(row))

    sparkle.run_coroutine(sparkle.store.transact(body))


def test_a_copy_is_made_and_a_letter_says_where_it_is(sparkle: Sparkle, ada: Somebody) -> None:
    export = asks(sparkle, ada)
    assert export.ready_at is not None
    assert export.expires_at - export.ready_at == timedelta(hours=48)
    letter = sparkle.mailbox.latest(ada.email)
    assert letter.data == {"username": "ada", "export": str(export.id), "hours": "48"}
    archive = fetches(sparkle, ada, export.id)
    assert archive.file_name == f"sparkle-{export.ready_at:%Y-%m-%d}.zip"
    assert data_in(archive)["about"]["person"] == str(ada.id)
    assert repr(archive.data) not in repr(archive)


def test_asking_and_fetching_take_a_fresh_proof(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops somebody at an unlocked screen from taking everything along in one file."""
    export = asks(sparkle, ada)
    later(sparkle, minutes=6)
    old = evolve(ada.actor, proved_at=sparkle.world.moment().now - timedelta(seconds=301))
    with pytest.raises(StepUpRequired):
        sparkle.run(RequestExport(), actor=old)
    with pytest.raises(StepUpRequired):
        sparkle.run(FetchExport(export_id=export.id), actor=old)


def test_nobody_fetches_a_copy_of_somebody_else(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops whoever learns an export's id: it is in a letter, and in the history of a browser."""
    bob = member(sparkle, "bob")
    export = asks(sparkle, ada)
    for who, id in ((bob, export.id), (ada, sparkle.world.moment().new_id())):
        with pytest.raises(NotFound):
            fetches(sparkle, who, id)
    assert sparkle.run(MyExports(), actor=bob.actor) == ()


def test_two_a_day_are_made(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops one person from keeping the worker busy for everybody else."""
    asks(sparkle, ada)
    asks(sparkle, ada)
    with pytest.raises(Limited):
        asks(sparkle, ada)
    later(sparkle, days=1)
    asks(sparkle, ada)


def test_what_is_not_ready_yet_cannot_be_fetched_and_is_made_once(sparkle: Sparkle, ada: Somebody) -> None:
    busy = in_memory(seed=11, through=lambda _: sparkle.store, inline=False)  # its worker has other things to do
    busy.run(RequestExport(), actor=proved(sparkle, ada.actor))
    (export,) = sparkle.run(MyExports(), actor=ada.actor)
    assert (export.ready_at, export.size) == (None, 0)
    with pytest.raises(NotFound):
        fetches(sparkle, ada, export.id)
    for _ in range(2):
        sparkle.run(MakeExport(export_id=export.id), actor=SYSTEM)
    (made,) = sparkle.run(MyExports(), actor=ada.actor)
    assert len(fetches(sparkle, ada, export.id).data) == made.size > 0


def test_nothing_is_made_for_who_is_being_erased(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops a copy that was begun before from outliving its person."""
    busy = in_memory(seed=11, through=lambda _: sparkle.store, inline=False)
    busy.run(RequestExport(), actor=proved(sparkle, ada.actor))
    (export,) = sparkle.run(MyExports(), actor=ada.actor)
    being_erased(busy, ada.id)
    busy.run(MakeExport(export_id=export.id), actor=SYSTEM)
    sparkle.run(MakeExport(export_id=sparkle.world.moment().new_id()), actor=SYSTEM)

    async def parts(tx: Transaction) -> list[Any]:
        return list(await tx.records.find(EXPORT_PARTS))

    assert sparkle.run_coroutine(sparkle.store.read(parts)) == []


def test_a_large_copy_is_kept_in_parts_and_put_together_again(sparkle: Sparkle, ada: Somebody) -> None:
    chance = random.Random(5)

    async def told_much(tx: Transaction) -> None:
        for number in range(8):
            row = Notification(
                id=UUID(int=number + 1),
                user_id=ada.id,
                type=NotificationType.SYSTEM,
                subject=f"much:{number}",
                data={"text": chance.randbytes(450_000).hex()},
                created_at=sparkle.world.moment().now,
            )
            tx.records.save(NOTIFICATIONS, row)

    sparkle.run_coroutine(sparkle.store.transact(told_much))
    export = asks(sparkle, ada)
    assert export.size > 3_000_000
    archive = fetches(sparkle, ada, export.id)
    told = [row["data"] for row in data_in(archive)["stored"]["notification"]]
    assert [len(data["text"]) for data in told if "text" in data] == [900_000] * 8
    assert len(archive.data) == export.size

    def turned(part: ExportPart) -> ExportPart:
        return evolve(part, data="\n".join(reversed(part.data.splitlines())))

    changed(sparkle, EXPORT_PARTS, turned)
    with pytest.raises(NotFound):  # each piece opens in its own place alone
        fetches(sparkle, ada, export.id)


def test_parts_that_were_exchanged_or_lost_their_key_are_no_export(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops whoever writes to the database from slipping something into somebody's copy."""
    export = asks(sparkle, ada)
    changed(sparkle, EXPORT_PARTS, lambda part: evolve(part, data=part.data[:-4] + "AAAA"))
    with pytest.raises(NotFound):
        fetches(sparkle, ada, export.id)


def test_what_does_not_open_any_more_is_left_empty(sparkle: Sparkle, ada: Somebody) -> None:
    """A lost key takes a phone number, and not the whole copy."""
    sparkle.run(EditProfile(phone="+4930901820"), actor=ada.actor)
    (profile,) = data_in(sparkle.run(ExportOf(user_id=ada.id), actor=SYSTEM))["stored"]["profile"]
    assert profile["phone"] == "+4930901820"
    changed(sparkle, PROFILES, lambda row: evolve(row, phone="1.gone." + row.phone.rpartition(".")[2]))
    (profile,) = data_in(sparkle.run(ExportOf(user_id=ada.id), actor=SYSTEM))["stored"]["profile"]
    assert profile["phone"] is None


def test_one_person_at_one_moment_has_one_archive(sparkle: Sparkle, ada: Somebody) -> None:
    """Byte for byte, so that two copies can be compared."""
    twin = in_memory(seed=11)
    same = member(twin, "ada")
    first, second = (one.run(ExportOf(user_id=ada.id), actor=SYSTEM) for one in (sparkle, twin))
    assert (same.id, first.data) == (ada.id, second.data)
    with pytest.raises(NotFound):
        sparkle.run(ExportOf(user_id=UserId(UUID(int=1))), actor=SYSTEM)

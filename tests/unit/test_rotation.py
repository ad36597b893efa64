"""Keys are replaced: what was sealed stays readable at every step, and no key goes that a row still needs."""

import hmac
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve, mutable
from tests.faults import fused
from tests.support.people import PASSWORD, Somebody, member

from sparkle_adapters.crypto.key_file import KeyFile
from sparkle_adapters.crypto.passwords import Argon2Hasher
from sparkle_adapters.memory.security import MemoryKeys
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_bootstrap.rotating import reencrypt
from sparkle_cli.keys import HalfRetired, retired
from sparkle_core.application.accounts import EditProfile, LogIn, MyProfile
from sparkle_core.application.auditing import AuditLog
from sparkle_core.application.kernel.outbox import OUTBOX
from sparkle_core.application.rotation import KeysInUse, KeyState, Reencrypt, RetireKey, RowsUnder
from sparkle_core.domain.accounts import PEOPLE, PROFILES, SYSTEM
from sparkle_core.domain.accounts.errors import InvalidCredentials
from sparkle_core.domain.accounts.profiles import Profile
from sparkle_core.domain.kernel.errors import Invalid, KeyInUse, NotFound, Stale, Unauthenticated, Unavailable
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.sealed import Purpose, pepper_of, sealed_text
from sparkle_core.ports.store import Body, Store, Transaction

SECRETS, PASSWORDS = Purpose.SECRETS, Purpose.PASSWORDS


FIELDS = (
    "profile.phone",
    "profile.birth_date",
    "sign_up.birth_date",
    "second_factor.secret",
    "provider_visit.verifier",
)
"""What is encrypted."""


@pytest.fixture
def keys() -> MemoryKeys:
    return MemoryKeys(bytes(32))


@pytest.fixture
def sparkle(keys: MemoryKeys) -> Sparkle:
    return in_memory(seed=3, keys=keys)


def with_phones(sparkle: Sparkle, many: int) -> list[Somebody]:
    people = [member(sparkle, f"person_{n}") for n in range(many)]
    for n, somebody in enumerate(people):
        sparkle.run(EditProfile(phone=f"+4930{n:06}"), actor=somebody.actor)
    return people


def phones(sparkle: Sparkle, people: list[Somebody]) -> list[str | None]:
    return [sparkle.run(MyProfile(), actor=p.actor).phone for p in people]


def promoted(keys: MemoryKeys, id: str) -> None:
    keys.add(SECRETS, id)
    keys.promote(SECRETS, id)


def in_use(sparkle: Sparkle) -> dict[str, tuple[KeyState, int]]:
    """State and rows of each key that phones are under."""
    found = sparkle.run(KeysInUse(), actor=SYSTEM)
    return {r.key: (r.state, r.rows) for r in found if r.field == "profile.phone"}


def test_a_rotation_from_one_key_to_the_next_loses_nothing(sparkle: Sparkle, keys: MemoryKeys) -> None:
    people = with_phones(sparkle, 5)
    before = phones(sparkle, people)
    assert in_use(sparkle) == {"memory": (KeyState.ACTIVE, 5)}
    promoted(keys, "k2")
    assert in_use(sparkle) == {"memory": (KeyState.OLDER, 5)}
    assert phones(sparkle, people) == before
    rotation = reencrypt(sparkle, batch=2)
    assert (rotation.done, rotation.broken, rotation.left) == (5, (), ())
    assert in_use(sparkle) == {"k2": (KeyState.ACTIVE, 5)}
    proof = sparkle.run(RetireKey(purpose=SECRETS, key="memory"), actor=SYSTEM)
    assert proof.counted == tuple(
        RowsUnder(field=field, purpose=SECRETS, key="memory", state=KeyState.OLDER, rows=0) for field in FIELDS
    )
    assert keys.ids(SECRETS) == ("k2",)
    assert phones(sparkle, people) == before


def test_a_key_that_rows_need_is_not_retired(sparkle: Sparkle, keys: MemoryKeys) -> None:
    """Stops an operator from making secrets unreadable for good."""
    people = with_phones(sparkle, 3)
    promoted(keys, "k2")
    with pytest.raises(KeyInUse, match="memory cannot be retired: 3 rows") as refused:
        sparkle.run(RetireKey(purpose=SECRETS, key="memory"), actor=SYSTEM)
    assert (refused.value.key, refused.value.rows) == ("memory", 3)
    assert phones(sparkle, people) == ["+4930000000", "+4930000001", "+4930000002"]


def test_the_active_key_is_not_retired_even_when_no_row_needs_it(sparkle: Sparkle) -> None:
    with pytest.raises(Invalid, match="active"):
        sparkle.run(RetireKey(purpose=SECRETS, key="memory"), actor=SYSTEM)
    with pytest.raises(NotFound, match="k9"):
        sparkle.run(RetireKey(purpose=SECRETS, key="k9"), actor=SYSTEM)


@mutable(eq=False)
class LosesItsCommit:
    """The `Store` port over another: its next transaction says all it has to say, and is lost."""

    store: Store
    error: Exception
    lost: bool = False
    waits: bool = False

    async def transact(self, body: Body[Any]) -> Any:
        async def all_but_committed(tx: Transaction) -> Any:
            answer = await body(tx)
            if not self.lost:
                self.lost = True
                raise self.error
            return answer

        return await self.store.transact(all_but_committed)

    async def read(self, body: Body[Any], *, one_statement: bool = False) -> Any:
        return await self.store.read(body, one_statement=one_statement)

    async def pause(self, seconds: float) -> None:
        """Nobody waits here."""

    async def close(self) -> None:
        await self.store.close()


def noted(sparkle: Sparkle) -> list[tuple[str, str]]:
    found = sparkle.run(AuditLog(command="RetireKey"), actor=SYSTEM).items
    return [(entry.actor, entry.outcome) for entry in found]


def test_a_retirement_that_loses_a_race_at_its_end_is_finished_and_noted(sparkle: Sparkle, keys: MemoryKeys) -> None:
    """Stops a key from going unseen: it is forgotten before the commit, and that cannot be undone."""
    promoted(keys, "k2")
    sparkle.dispatcher = evolve(sparkle.dispatcher, store=LosesItsCommit(sparkle.store, Stale("audit")))
    assert sparkle.run(RetireKey(purpose=SECRETS, key="memory"), actor=SYSTEM).key == "memory"
    assert (keys.ids(SECRETS), noted(sparkle)) == (("k2",), [("system", "done")])


def test_a_retirement_whose_store_goes_away_at_its_end_says_so_and_is_noted_when_it_is_asked_again(
    sparkle: Sparkle, keys: MemoryKeys
) -> None:
    """Stops an operator from reading that nothing was changed when a key is gone, and the audit log from missing it."""
    promoted(keys, "k2")
    sparkle.dispatcher = evolve(sparkle.dispatcher, store=LosesItsCommit(sparkle.store, Unavailable("The store")))
    with pytest.raises(HalfRetired, match="memory is gone, which may not be noted yet; run this again"):
        retired(sparkle, keys, SECRETS, "memory")
    assert (keys.ids(SECRETS), noted(sparkle)) == (("k2",), [])
    assert {counted.rows for counted in retired(sparkle, keys, SECRETS, "memory").counted} == {0}
    assert [outcome for _, outcome in noted(sparkle)] == ["done"]


def test_a_store_that_goes_away_before_a_key_does_changes_nothing(sparkle: Sparkle, keys: MemoryKeys) -> None:
    promoted(keys, "k2")
    fuse = fused(sparkle)
    fuse.left = 0
    with pytest.raises(Unavailable, match="nothing was changed"):
        retired(sparkle, keys, SECRETS, "memory")
    assert keys.ids(SECRETS) == ("memory", "k2")


def test_rotating_again_changes_nothing(sparkle: Sparkle, keys: MemoryKeys) -> None:
    people = with_phones(sparkle, 2)
    promoted(keys, "k2")
    reencrypt(sparkle)
    versions = [sparkle.run(MyProfile(), actor=p.actor).version for p in people]
    assert reencrypt(sparkle).done == 0
    assert [sparkle.run(MyProfile(), actor=p.actor).version for p in people] == versions


def test_a_rotation_says_nothing_to_anybody(sparkle: Sparkle, keys: MemoryKeys) -> None:
    with_phones(sparkle, 2)
    promoted(keys, "k2")
    before = kept_events(sparkle)
    reencrypt(sparkle)
    assert kept_events(sparkle) == before


def kept_events(sparkle: Sparkle) -> list[UUID]:
    async def ids(tx: Transaction) -> list[UUID]:
        return [m.id for m in await tx.records.find(OUTBOX)]

    return sparkle.run_coroutine(sparkle.store.read(ids))


def test_several_older_keys_are_all_replaced(sparkle: Sparkle, keys: MemoryKeys) -> None:
    people = with_phones(sparkle, 3)
    for id, somebody in (("k2", people[1]), ("k3", people[2])):
        promoted(keys, id)
        sparkle.run(EditProfile(phone="+12025550143"), actor=somebody.actor)
    promoted(keys, "k4")
    assert {key: rows for key, (_, rows) in in_use(sparkle).items()} == {"memory": 1, "k2": 1, "k3": 1}
    assert reencrypt(sparkle).done == 3
    assert in_use(sparkle) == {"k4": (KeyState.ACTIVE, 3)}


def broken_profile(sparkle: Sparkle, key: str) -> UUID:
    """The row of a profile whose phone does not open."""
    profile = Profile(id=UserId(UUID(int=5)), phone=sealed_text(key, bytes(40)))

    async def keep(tx: Transaction) -> None:
        tx.records.save(PROFILES, profile)

    sparkle.run_coroutine(sparkle.store.transact(keep))
    return profile.id


def test_a_row_that_does_not_open_is_named_stays_and_keeps_its_key(sparkle: Sparkle, keys: MemoryKeys) -> None:
    """Stops a rotation from running for ever on one bad row, and from losing it with its key."""
    people = with_phones(sparkle, 3)
    row = broken_profile(sparkle, "memory")
    promoted(keys, "k2")
    rotation = reencrypt(sparkle, batch=1)
    assert (rotation.done, rotation.broken) == (3, (("profile.phone", row),))
    assert [(r.key, r.rows) for r in rotation.left] == [("memory", 1)]
    with pytest.raises(KeyInUse):
        sparkle.run(RetireKey(purpose=SECRETS, key="memory"), actor=SYSTEM)
    assert None not in phones(sparkle, people)


def test_rows_under_a_key_that_is_gone_are_counted_as_such(sparkle: Sparkle) -> None:
    broken_profile(sparkle, "long-gone")
    assert in_use(sparkle) == {"long-gone": (KeyState.MISSING, 1)}
    assert reencrypt(sparkle).done == 0


def test_what_is_under_a_key_that_was_lost_can_be_replaced(sparkle: Sparkle) -> None:
    """Stops one value that nobody can read any more from keeping its person from everything else."""
    ada = member(sparkle, "ada")

    async def lose(tx: Transaction) -> None:
        profile = await tx.records.get(PROFILES, ada.id)
        assert profile is not None
        tx.records.save(PROFILES, profile.then(phone=sealed_text("long-gone", bytes(40))))

    sparkle.run_coroutine(sparkle.store.transact(lose))
    assert sparkle.run(EditProfile(bio="Hi"), actor=ada.actor).has_phone
    sparkle.run(EditProfile(phone="+4930901820"), actor=ada.actor)
    assert phones(sparkle, [ada]) == ["+4930901820"]


def test_only_the_system_touches_keys(sparkle: Sparkle) -> None:
    with pytest.raises(Unauthenticated):
        sparkle.run(KeysInUse())
    with pytest.raises(Unauthenticated):
        sparkle.run(Reencrypt(field="profile.phone", key="k"))
    with pytest.raises(Unauthenticated):
        sparkle.run(RetireKey(purpose=SECRETS, key="k"))


@pytest.mark.parametrize("field", ["profile.bio", "person.password_hash", "no.thing"])
def test_what_is_not_sealed_is_not_re_encrypted(sparkle: Sparkle, field: str) -> None:
    with pytest.raises(NotFound, match=field):
        sparkle.run(Reencrypt(field=field, key="memory"), actor=SYSTEM)


# peppers


@pytest.fixture
def peppered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sparkle, KeyFile]:
    """A community that hashes passwords for real, and the file of its peppers."""
    file = KeyFile(tmp_path_factory.mktemp("keys") / "keys.json")
    file.make()
    keys = MemoryKeys(bytes(32))
    return in_memory(seed=3, keys=keys, hasher=Argon2Hasher(peppers=partial(file.now, PASSWORDS))), file


def hash_of(sparkle: Sparkle, somebody: Somebody) -> str:
    async def read(tx: Transaction) -> str | None:
        person = await tx.records.get(PEOPLE, somebody.id)
        return person.password_hash if person else None

    found = sparkle.run_coroutine(sparkle.store.read(read))
    assert found is not None
    return found


def test_older_hashes_get_the_pepper_at_the_next_login(peppered: tuple[Sparkle, KeyFile]) -> None:
    sparkle, file = peppered
    ada = member(sparkle, "ada")
    assert pepper_of(hash_of(sparkle, ada))[0] is None
    for id in ("p1", "p2"):
        file.add(PASSWORDS, id)
        file.promote(PASSWORDS, id)
        with pytest.raises(InvalidCredentials):
            sparkle.run(LogIn(email=ada.email, password="Wr0ng-horse-battery"))
        assert pepper_of(hash_of(sparkle, ada))[0] != id
        sparkle.run(LogIn(email=ada.email, password=PASSWORD))
        assert pepper_of(hash_of(sparkle, ada))[0] == id
        sparkle.run(LogIn(email=ada.email, password=PASSWORD))


def test_a_pepper_that_hashes_need_is_not_retired(sparkle: Sparkle, keys: MemoryKeys) -> None:
    """Stops an operator from locking everybody out who has not signed in since."""
    keys.add(PASSWORDS, "p1")
    keys.add(PASSWORDS, "p2")
    keys.promote(PASSWORDS, "p2")
    ada = member(sparkle, "ada")

    async def under_p1(tx: Transaction) -> None:
        person = await tx.records.get(PEOPLE, ada.id)
        assert person is not None
        tx.records.save(PEOPLE, person.with_password("p.p1.$argon2id$…"))

    sparkle.run_coroutine(sparkle.store.transact(under_p1))
    with pytest.raises(KeyInUse) as refused:
        sparkle.run(RetireKey(purpose=PASSWORDS, key="p1"), actor=SYSTEM)
    assert refused.value.rows == 1
    sparkle.run(EditProfile(phone="+4930901820"), actor=ada.actor)
    with pytest.raises(Invalid, match="active"):
        sparkle.run(RetireKey(purpose=PASSWORDS, key="p2"), actor=SYSTEM)


class Lagging(MemoryKeys):
    """Keys as a process sees them that looked just before the key `memory` was retired: `lags` times more."""

    lags = 0

    def active(self, purpose: Purpose) -> str | None:
        if purpose is SECRETS and self.lags:
            self.lags -= 1
            return "memory"
        return super().active(purpose)

    def key(self, id: str) -> bytes | None:
        return hmac.digest(bytes(32), id.encode(), "sha256")


def test_nothing_is_committed_under_a_key_that_was_retired_meanwhile() -> None:
    """Stops what was sealed just before a retirement, and would be written just after it, from being lost."""
    keys = Lagging(bytes(32))
    sparkle = in_memory(seed=3, keys=keys)
    ada = member(sparkle, "ada")
    promoted(keys, "k2")
    keys.retire(SECRETS, "memory")
    keys.lags = 1
    sparkle.run(EditProfile(phone="+4930901820"), actor=ada.actor)
    assert keys.lags == 0
    assert in_use(sparkle) == {"k2": (KeyState.ACTIVE, 1)}
    assert phones(sparkle, [ada]) == ["+4930901820"]

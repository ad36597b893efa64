"""People for the suites of readers: made, and kept with all that belongs to them."""

from typing import Any

from sparkle_core.domain.accounts import PEOPLE, PROFILES, STATISTICS
from sparkle_core.domain.accounts.people import Person, StoredStatus
from sparkle_core.domain.accounts.profiles import Profile, search_text
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.progression import PROGRESS, PersonProgress
from sparkle_core.ports.store import Store, Transaction
from sparkle_core.testing.contracts.shapes import NOON, uid
from sparkle_core.testing.contracts.staging import Stage


def user(number: int) -> UserId:
    return UserId(uid(number))


def person(number: int, name: str, **more: Any) -> Person:
    """An active person; their display name is their username with a capital."""
    fields = {
        "username": name,
        "username_key": name.lower(),
        "email": f"{name}@example.org",
        "email_key": f"{name.lower()}@example.org",
        "password_hash": None,
        "display_name": name.title(),
        "stored_status": StoredStatus.ACTIVE,
        "created_at": NOON,
        "referral_code": f"code-{number:04}",
        **more,
    }
    return Person(id=user(number), **fields)


def profile(of: Person, **more: Any) -> Profile:
    """A person's profile, which can be searched for what it says."""
    return Profile(id=of.id, search_text=search_text(of.username, of.display_name, more.get("bio", "")), **more)


def settle(
    stage: Stage[Store], *people: Person, level: int = 1, numbers: dict[str, int] | None = None, **said: Any
) -> None:
    """Keep people with a profile that says something, a level and numbers of theirs, as they have who joined."""

    async def body(tx: Transaction) -> None:
        for one in people:
            tx.records.save(PEOPLE, one)
            tx.records.save(PROFILES, profile(one, **said))
            tx.records.save(PROGRESS, PersonProgress(id=one.id, level=level))
            for kind, number in (numbers or {}).items():
                tx.records.bump(STATISTICS, one.id, kind, number)

    stage.transact(body)

"""Reading people as others see them, in memory."""

from datetime import datetime

from sparkle_core.domain.accounts import PEOPLE, PROFILES, STATISTICS
from sparkle_core.domain.accounts.people import Person
from sparkle_core.domain.accounts.profiles import Profile, folded
from sparkle_core.domain.kernel.actors import Role, Status
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.stored import eq, gt
from sparkle_core.domain.progression import PROGRESS
from sparkle_core.ports.people import FoundPerson, PublicPerson, SearchPlace
from sparkle_core.ports.store import Records


class MemoryPeople:
    """The `PeopleReader` port over any `Records`; SQL has one that joins."""

    async def own(self, records: Records, id: UserId) -> tuple[Person, Profile] | None:
        person, profile = await records.get(PEOPLE, id), await records.get(PROFILES, id)
        return (person, profile) if person is not None and profile is not None else None

    async def public(self, records: Records, username_key: str, now: datetime) -> PublicPerson | None:
        person = await records.one(PEOPLE, eq("username_key", username_key))
        if person is None or not person.shown_at(now):
            return None
        profile = await records.get(PROFILES, person.id)
        progress = await records.get(PROGRESS, person.id)
        if profile is None or progress is None:
            return None
        numbers = {kind: n for (_, kind), n in (await records.counts(STATISTICS, [person.id])).items()}
        return PublicPerson(
            id=person.id,
            username=person.username,
            display_name=person.display_name,
            bio=profile.bio,
            image=profile.image,
            banner=profile.banner,
            role=person.role,
            verified=person.role is Role.VERIFIED_CREATOR,
            level=progress.level,
            joined_at=person.created_at,
            last_seen_at=person.last_seen_at,
            social=profile.social,
            interests=profile.interests,
            skills=profile.skills,
            showcase=profile.showcase,
            posts=numbers.get("posts", 0),
            followers=numbers.get("followers", 0),
            following=numbers.get("following", 0),
            likes=numbers.get("likes", 0),
        )

    async def search(
        self,
        records: Records,
        text: str,
        *,
        role: Role | None,
        status: Status | None,
        now: datetime,
        after: SearchPlace | None,
        limit: int,
    ) -> list[FoundPerson]:
        found = []
        for person in await _everybody(records):
            found_so = person.shown_at(now) if status is None else _looked_for(person, status, now)
            if not found_so or (role is not None and person.role is not role):
                continue
            profile = await records.get(PROFILES, person.id)
            if profile is None or folded(text) not in profile.search_text:
                continue
            numbers = await records.counts(STATISTICS, [person.id])
            found.append(_row(person, numbers.get((person.id, "followers"), 0)))
        found.sort(key=_place)
        if after is not None:
            found = [p for p in found if _place(p) > (-after[0], -after[1], after[2])]
        return found[:limit]


def _looked_for(person: Person, status: Status, now: datetime) -> bool:
    """Who has a status, for moderators; neither who left nor children are shown to them."""
    return status is not Status.DELETED and person.status_at(now) is status and person.minor_at(now) is None


def _place(person: FoundPerson) -> tuple[int, int, object]:
    return (-int(person.verified), -person.followers, person.id)


def _row(person: Person, followers: int) -> FoundPerson:
    return FoundPerson(
        id=person.id,
        username=person.username,
        display_name=person.display_name,
        role=person.role,
        verified=person.role is Role.VERIFIED_CREATOR,
        followers=followers,
    )


async def _everybody(records: Records) -> list[Person]:
    people: list[Person] = []
    while page := await records.find(PEOPLE, *([gt("id", people[-1].id)] if people else [])):
        people += page
    return people

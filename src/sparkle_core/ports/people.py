"""Reading people as others see them: one statement each on SQL."""

from datetime import datetime
from typing import Annotated, Protocol
from uuid import UUID

from attrs import frozen

from sparkle_core.domain.accounts.people import Person
from sparkle_core.domain.accounts.profiles import Profile, Showcase, SocialHandles
from sparkle_core.domain.kernel.actors import Role, Status
from sparkle_core.domain.kernel.fields import Instant, Record, Text, UserId
from sparkle_core.ports.store import Records


@frozen(kw_only=True)
class PublicPerson(Record):
    """The public fields of a person, with what they have reached."""

    id: UserId
    username: str
    display_name: str
    bio: Annotated[str, Text(0, 5_000, lines=True)]
    image: str
    banner: str
    role: Role
    verified: bool
    level: int
    joined_at: Instant
    last_seen_at: Instant | None
    social: SocialHandles
    interests: tuple[str, ...]
    skills: tuple[str, ...]
    showcase: Showcase
    posts: int
    followers: int
    following: int
    likes: int


@frozen(kw_only=True)
class FoundPerson(Record):
    """A row of a search for people."""

    id: UserId
    username: str
    display_name: str
    role: Role
    verified: bool
    followers: int


SearchPlace = tuple[int, int, UUID]
"""Where a page of a search goes on: verified (1 or 0), followers, id of the last one seen."""


class PeopleReader(Protocol):
    """Stateless; reads within the transaction whose records it is given."""

    async def own(self, records: Records, id: UserId) -> tuple[Person, Profile] | None:
        """A person and their profile, as they are stored; None for nobody."""
        ...

    async def public(self, records: Records, username_key: str, now: datetime) -> PublicPerson | None:
        """A person by username; None for nobody, and for who is not shown to others (`Person.shown_at`)."""
        ...

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
        """People whose username, display name or bio contains the text, without regard to case.

        Verified creators first, then most followers, then by id. Without a `status`, those who are shown to others
        (`Person.shown_at`); the banned and who never proved their address only when asked for by it, the deleted and
        children not even then.
        """
        ...

"""Profiles: reading, editing, finding people. Source: docs/contexts/accounts.md."""

from datetime import date
from typing import Annotated
from uuid import UUID

from attrs import asdict, evolve, field, fields_dict, frozen

from sparkle_core.application.accounts.guardians import birth_date_in, minor_in
from sparkle_core.application.kernel.commands import Command, Query
from sparkle_core.application.kernel.work import Work, at_version, found
from sparkle_core.application.shared.calendars import move_to
from sparkle_core.application.shared.people import standing_in
from sparkle_core.application.shared.screening import Screener, screen_names
from sparkle_core.application.shared.showcasing import show_own
from sparkle_core.domain.accounts import PEOPLE, PROFILES
from sparkle_core.domain.accounts.people import DisplayName, Person
from sparkle_core.domain.accounts.phones import phone_number
from sparkle_core.domain.accounts.profiles import (
    COMPLETE_AT,
    Bio,
    Link,
    Locale,
    Place,
    Profile,
    Showcase,
    SocialHandles,
    Theme,
    Topics,
    Zone,
    checked_locale,
    checked_theme,
    completeness,
    search_text,
)
from sparkle_core.domain.accounts.rules import AccountsRules
from sparkle_core.domain.accounts.usernames import Username, username_key
from sparkle_core.domain.kernel.actors import Minor, Permission, Role, Standing, Status
from sparkle_core.domain.kernel.civil_days import zone_named
from sparkle_core.domain.kernel.errors import Fault, Forbidden, Invalid, NotFound
from sparkle_core.domain.kernel.fields import Instant, Record, Text, UserId
from sparkle_core.domain.kernel.pages import Cursor, Limit, Page, page_of, position_of
from sparkle_core.ports import security
from sparkle_core.ports.people import FoundPerson, PeopleReader, PublicPerson
from sparkle_core.ports.security import Cipher


@frozen(kw_only=True)
class ProfileView(Record):
    """What a person says of themselves; empty text means not given."""

    bio: Bio
    image: Link
    banner: Link
    location: Place
    time_zone: Zone
    locale: Locale
    website: Link
    social: SocialHandles
    interests: Topics
    skills: Topics
    showcase: Showcase
    theme: Theme
    sparkle_creator_badge: bool


@frozen(kw_only=True)
class OwnProfile(Record):
    """A person's own profile, how complete it is in percent, and its version."""

    user_id: UserId
    username: Username
    email: str
    display_name: DisplayName
    status: Status
    role: Role
    referral_code: str
    profile: ProfileView
    completeness: int
    completed: bool
    version: int
    has_phone: bool = False


@frozen(kw_only=True)
class PrivateProfile(OwnProfile):
    """The same with what is kept encrypted, in the clear: phone number and birth date, or None when there is none.

    `minor`: whether one is too young to decide alone, and has a guardian's consent. `erased_from`: when the erasing of
    who has left begins, unless they take it back.
    """

    phone: str | None = field(default=None, repr=False)
    birth_date: date | None = field(default=None, repr=False)
    country: str | None = None
    minor: Minor | None = None
    erased_from: Instant | None = None


@frozen(kw_only=True)
class EditProfile(Command[OwnProfile]):
    """Change one's profile; what is left out stays, empty text clears.

    `phone` is an international number (E.164), kept encrypted and shown to nobody else; the answer, which is kept
    for repeats, only says whether there is one. Raises `Invalid` for a time zone, a number, a theme or a
    language that cannot be,
    `VersionMismatch` when `expected_version` is given and somebody edited in between, and `ContentBlocked`
    for what the community's rules do not allow. A showcase shows what is one's own: achievements that one has
    unlocked, posts of one's own that everybody sees, things that one has.
    """

    display_name: DisplayName | None = None
    bio: Bio | None = None
    image: Link | None = None
    banner: Link | None = None
    location: Place | None = None
    time_zone: Zone | None = None
    locale: Locale | None = None
    website: Link | None = None
    social: SocialHandles | None = None
    interests: Topics | None = None
    skills: Topics | None = None
    showcase: Showcase | None = None
    theme: Theme | None = None
    phone: Annotated[str, Text(0, 40)] | None = field(default=None, repr=False)
    expected_version: int | None = None

    def _rules(self) -> list[Fault]:
        faults: list[Fault] = []
        for given, check in (
            (self.time_zone, zone_named),
            (self.phone, phone_number),
            (self.theme, checked_theme),
            (self.locale, checked_locale),
        ):
            try:
                if given:
                    check(given)
            except Invalid as error:
                faults += error.faults
        return faults


@frozen(kw_only=True)
class MyProfile(Query[PrivateProfile]):
    """One's own profile, with what others do not see."""


@frozen(kw_only=True)
class PublicProfile(Query[PublicPerson]):
    """A person as everybody sees them. Raises `NotFound` for nobody, and for who is not shown (`Person.shown_at`)."""

    username: Username


@frozen(kw_only=True)
class SearchPeople(Query[Page[FoundPerson]]):
    """People whose username, display name or bio contains a text, verified ones first, then most followed.

    Those who are shown (`Person.shown_at`). Only moderators may ask for another status than ACTIVE.
    """

    text: Annotated[str, Text(0, 100)] = ""
    role: Role | None = None
    status: Status | None = None
    after: Cursor | None = None
    limit: Limit = 20


async def edit_profile(
    cmd: EditProfile, work: Work, *, screener: Screener, cipher: Cipher, rules: AccountsRules
) -> OwnProfile:
    profile = at_version(found(await work.store.get(PROFILES, work.user_id), "profile"), cmd.expected_version)
    person = found(await work.store.get(PEOPLE, work.user_id), "person")
    await screen_names(work, screener, name=cmd.display_name, bio=cmd.bio)
    if cmd.showcase is not None:
        await show_own(work, work.user_id, cmd.showcase)
    names = fields_dict(Profile).keys() & fields_dict(EditProfile).keys()
    changes = {n: getattr(cmd, n) for n in sorted(names) if getattr(cmd, n) is not None}
    if cmd.phone is not None:
        changes["phone"] = _sealed_phone(cipher, profile.id, cmd.phone)
    name = cmd.display_name or person.display_name
    changed = person.then(display_name=name) if name != person.display_name else person
    if cmd.time_zone not in (None, profile.time_zone):
        await move_to(work, work.user_id, changes["time_zone"])
        until = minor_in(person, profile, changes["time_zone"], work.now, cipher, rules)
        changed = evolve(changed, minor_until=until) if until != person.minor_until else changed
    changes["search_text"] = search_text(person.username, name, changes.get("bio", profile.bio))
    profile = work.save(PROFILES, profile.edited(**changes))
    if changed is not person:
        person = work.save(PEOPLE, changed)
    return _own(work, person, profile)


def _sealed_phone(cipher: Cipher, id: UserId, text: str) -> str | None:
    """The number in one form, sealed for its profile; None clears it."""
    return cipher.seal(_phone_of(id), phone_number(text).encode()) if text else None


def _phone_of(id: UserId) -> security.Place:
    return security.Place(PROFILES.name, "phone", id)


async def standing_with_profile(work: Work, user_id: UserId, *, people: PeopleReader) -> Standing | None:
    """How the caller stands, read in one statement with the profile that `my_profile` answers."""
    work.along = own = await people.own(work.store, user_id)
    return standing_in(work, own[0]) if own is not None else None


async def my_profile(query: MyProfile, work: Work, *, cipher: Cipher) -> PrivateProfile:
    person, profile = found(work.along, f"profile of {work.user_id}")
    own = _own(work, person, profile)
    phone = cipher.open(_phone_of(profile.id), profile.phone).decode() if profile.phone is not None else None
    born = birth_date_in(cipher, PROFILES, profile.id, profile.birth_date)
    return PrivateProfile(
        **asdict(own, recurse=False),
        phone=phone,
        birth_date=born,
        country=profile.country,
        minor=person.minor_at(work.now),
        erased_from=person.erasure_due_at,
    )


def _own(work: Work, person: Person, profile: Profile) -> OwnProfile:
    percent = completeness(person, profile)
    return OwnProfile(
        user_id=person.id,
        username=person.username,
        email=person.email,
        display_name=person.display_name,
        status=person.status_at(work.now),
        role=person.role,
        referral_code=person.referral_code,
        profile=ProfileView(**{name: getattr(profile, name) for name in fields_dict(ProfileView)}),
        completeness=percent,
        completed=percent >= COMPLETE_AT,
        version=profile.version,
        has_phone=profile.phone is not None,
    )


async def public_profile(query: PublicProfile, work: Work, *, people: PeopleReader) -> PublicPerson:
    person = await people.public(work.store, username_key(query.username), work.now)
    if person is None:
        raise NotFound("person")
    return person


async def search_people(query: SearchPeople, work: Work, *, people: PeopleReader) -> Page[FoundPerson]:
    moderator = work.standing is not None and work.standing.may(Permission.MODERATE)
    if query.status not in (None, Status.ACTIVE) and not moderator:
        raise Forbidden
    scope = (query.text, query.role, query.status)
    place = position_of(query.after, "people", scope, (int, int, UUID))
    found_people = await people.search(
        work.store,
        query.text,
        role=query.role,
        status=query.status,
        now=work.now,
        after=(place[0], place[1], place[2]) if place else None,
        limit=query.limit + 1,
    )
    return page_of(found_people, query.limit, "people", scope, lambda p: (int(p.verified), p.followers, p.id))

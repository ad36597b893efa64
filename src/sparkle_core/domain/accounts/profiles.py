"""Profiles: what people say of themselves, and how complete it is. Source: docs/contexts/accounts.md."""

import re
import unicodedata
from typing import Annotated, Any, Self
from uuid import UUID

from attrs import Factory, frozen

from sparkle_core.domain.accounts.events import ProfileEdited
from sparkle_core.domain.accounts.people import Person
from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.errors import Fault, Invalid
from sparkle_core.domain.kernel.fields import Items, Record, Text, UserId
from sparkle_core.domain.kernel.sealed import SealedText

Bio = Annotated[str, Text(0, 5_000, lines=True)]
Place = Annotated[str, Text(0, 100)]
Link = Annotated[str, Text(0, 500)]
Handle = Annotated[str, Text(0, 50)]
Topics = Annotated[tuple[Annotated[str, Text(1, 50)], ...], Items(20)]
Zone = Annotated[str, Text(1, 64)]
Locale = Annotated[str, Text(2, 35)]
Country = Annotated[str, Text(2, 2)]
Theme = Annotated[str, Text(1, 20)]


THEMES = ("system", "light", "dark")
"""What somebody prefers to look at; "system" follows their device."""

_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def checked_theme(theme: str) -> str:
    """The theme, if it is one of `THEMES`. Raises `Invalid` at "theme"."""
    if theme not in THEMES:
        raise Invalid.at("theme", f"must be one of {', '.join(THEMES)}")
    return theme


def checked_locale(locale: str) -> str:
    """The locale, if it can be a language tag (BCP 47), such as en or pt-BR. Raises `Invalid` at "locale"."""
    if not _LANGUAGE_TAG.fullmatch(locale):
        raise Invalid.at("locale", "must be a language tag such as en or pt-BR")
    return locale


@frozen(kw_only=True)
class SocialHandles(Record):
    """Where else somebody is found; empty when they do not say."""

    twitter: Handle = ""
    instagram: Handle = ""
    tiktok: Handle = ""
    discord: Handle = ""
    youtube: Handle = ""


@frozen(kw_only=True)
class Showcase(Record):
    """What somebody shows of what they did, in the order they choose: badges by achievement, posts and things by id.

    At most 6 badges, 3 posts and 6 things, each once.
    """

    badges: Annotated[tuple[Annotated[str, Text(1, 50)], ...], Items(6)] = ()
    pinned_posts: Annotated[tuple[UUID, ...], Items(3)] = ()
    featured_items: Annotated[tuple[UUID, ...], Items(6)] = ()

    def _rules(self) -> list[Fault]:
        shown = {"badges": self.badges, "pinned_posts": self.pinned_posts, "featured_items": self.featured_items}
        return [Fault(name, "must name each once") for name, them in shown.items() if len(set(them)) < len(them)]


@frozen(kw_only=True)
class Profile(Aggregate):
    """The wide part of a person. Empty text means not given, and so does None; `phone` and `birth_date` are sealed."""

    id: UserId
    bio: Bio = ""
    image: Link = ""
    banner: Link = ""
    location: Place = ""
    time_zone: Zone = "UTC"
    locale: Locale = "en"
    website: Link = ""
    social: SocialHandles = Factory(SocialHandles)
    interests: Topics = ()
    skills: Topics = ()
    showcase: Showcase = Factory(Showcase)
    theme: Theme = "system"
    phone: SealedText | None = None
    birth_date: SealedText | None = None
    country: Country | None = None
    sparkle_creator_badge: bool = False
    search_text: Annotated[str, Text(0, 20_000, lines=True)] = ""

    def _rules(self) -> list[Fault]:
        return [
            Fault(name, "must be a web address starting with https:// or http://")
            for name in ("image", "banner", "website")
            if getattr(self, name) and not getattr(self, name).startswith(("https://", "http://"))
        ]

    def edited(self, **changes: Any) -> Self:
        """With what the person changed."""
        return self.then(ProfileEdited(user_id=self.id), **changes)


def completeness(person: Person, profile: Profile) -> int:
    """How complete a profile is, from 20 to 100 percent; completed at 80 or more."""
    social = profile.social
    return (
        20
        + 15 * bool(profile.image)
        + 10 * bool(profile.bio)
        + 10 * (person.display_name != person.username)
        + 5 * bool(profile.location)
        + 5 * bool(profile.website)
        + 5 * bool(social.twitter)
        + 5 * bool(social.instagram)
        + 10 * bool(social.youtube)
        + 15 * (person.email_verified_at is not None)
    )


COMPLETE_AT = 80


def search_text(*words: str) -> str:
    """What a search looks through: username, display name and bio, in the form that knows no case.

    Kept as a field, since databases disagree about upper and lower case beyond ASCII.
    """
    return folded("\n".join(words))


def folded(text: str) -> str:
    """Text without regard to case."""
    return unicodedata.normalize("NFC", text.casefold())

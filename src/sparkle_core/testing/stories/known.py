"""Who and what has come up in a story so far."""

from collections import Counter
from uuid import UUID

from attrs import field, frozen, mutable

from sparkle_core.domain.kernel.actors import Actor
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.testing.authenticating import MadeUpAuthenticator


@frozen
class Somebody:
    """A person of the story."""

    id: UserId
    username: str
    email: str


@mutable
class Known:
    """What has come up in the story so far, for later steps to pick from.

    `owners`: who may mostly do something. `asked`: how often a letter was asked for, by address.
    """

    people: list[Somebody] = field(factory=list)
    tokens: list[tuple[str, Actor]] = field(factory=list)
    transfers: list[tuple[str, str]] = field(factory=list)
    items: list[UUID] = field(factory=list)
    things: list[UUID] = field(factory=list)
    purchases: list[UUID] = field(factory=list)
    offers: list[UUID] = field(factory=list)
    listings: list[UUID] = field(factory=list)
    auctions: list[UUID] = field(factory=list)
    posts: list[UUID] = field(factory=list)
    comments: list[UUID] = field(factory=list)
    cases: list[UUID] = field(factory=list)
    decisions: list[UUID] = field(factory=list)
    appeals: list[UUID] = field(factory=list)
    owners: dict[UUID, UserId] = field(factory=dict)
    somebody_left: bool = False
    asked: Counter[str] = field(factory=Counter)
    apps: dict[UserId, bytes] = field(factory=dict)
    backup_codes: list[tuple[UserId, str]] = field(factory=list)
    challenges: list[tuple[UserId, str]] = field(factory=list)
    authenticators: dict[int, MadeUpAuthenticator] = field(factory=dict)
    devices: dict[UserId, str] = field(factory=dict)

"""The ways into one's account besides the password: linking providers, and never losing the last way in.

Source: docs/contexts/accounts.md.
"""

from typing import ClassVar
from uuid import UUID

from attrs import frozen

from sparkle_core.application.accounts.provider_sign_in import linked_as, verified_email
from sparkle_core.application.accounts.visits import Arrival, CameIn, Departure, IdentityView, Packed, Visit, depart
from sparkle_core.application.kernel.commands import Command, Query
from sparkle_core.application.kernel.work import Work, found
from sparkle_core.domain.accounts import IDENTITIES, PASSKEYS, PEOPLE
from sparkle_core.domain.accounts.errors import LastWayIn
from sparkle_core.domain.accounts.identities import LinkedIdentity, ProviderName, VisitFor
from sparkle_core.domain.accounts.passkeys import Passkey, PasskeyName
from sparkle_core.domain.accounts.people import Person
from sparkle_core.domain.accounts.rules import SecurityRules
from sparkle_core.domain.kernel.errors import Taken
from sparkle_core.domain.kernel.fields import Instant, Record, UserId
from sparkle_core.domain.kernel.stored import eq
from sparkle_core.ports.security import Cipher, EmailAddresses, KeyedHash


@frozen(kw_only=True)
class PasskeyView(Record):
    """A passkey of one's own: `backed_up`, whether it is on several devices."""

    id: UUID
    name: PasskeyName
    backed_up: bool
    created_at: Instant
    last_used_at: Instant | None


@frozen(kw_only=True)
class WaysIn(Record):
    """How one signs in: whether there is a password, which providers are linked, and with which passkeys."""

    password: bool
    providers: tuple[IdentityView, ...]
    passkeys: tuple[PasskeyView, ...]


@frozen(kw_only=True)
class MyWaysIn(Query[WaysIn]):
    """How one signs in oneself."""


@frozen(kw_only=True)
class VisitProviderToLink(Visit, Command[Departure]):
    """Begin to sign in with a provider too. Only who has proved their address may.

    Raises `StepUpRequired`, and as `VisitProvider` does; `Taken` when one at this provider is linked already.
    """

    purpose: ClassVar[VisitFor] = VisitFor.LINK


@frozen(kw_only=True)
class LinkProvider(Arrival, Command[IdentityView]):
    """Come back from a provider to sign in with it too, from now on; one is told by mail.

    Raises `StepUpRequired`, `Taken` when the identity is somebody else's here or one at this provider is linked
    already, `ProviderEmailUnverified`, `VisitRejected`, `ProviderRefused`, `Unavailable`.
    """

    purpose: ClassVar[VisitFor] = VisitFor.LINK


@frozen(kw_only=True)
class UnlinkProvider(Command[None]):
    """Sign in with a provider no more; one is told by mail.

    Raises `StepUpRequired`, `LastWayIn` when there is no other way in, and `NotFound`.
    """

    provider: ProviderName


async def my_ways_in(query: MyWaysIn, work: Work) -> WaysIn:
    person = found(await work.store.get(PEOPLE, work.user_id), "person")
    linked, keys = await identities_of(work, person.id), await passkeys_of(work, person.id)
    return WaysIn(
        password=person.password_hash is not None,
        providers=tuple(map(_view, linked)),
        passkeys=tuple(map(passkey_view, keys)),
    )


async def identities_of(work: Work, user_id: UserId) -> list[LinkedIdentity]:
    """Whom providers know somebody as; at most one a provider."""
    return await work.store.find(IDENTITIES, eq("user_id", user_id))


async def passkeys_of(work: Work, user_id: UserId) -> list[Passkey]:
    """Somebody's passkeys, the oldest first."""
    return await work.store.find(PASSKEYS, eq("user_id", user_id))


def passkey_view(passkey: Passkey) -> PasskeyView:
    """A passkey as its owner sees it."""
    return PasskeyView(
        id=passkey.id,
        name=passkey.name,
        backed_up=passkey.backed_up,
        created_at=passkey.created_at,
        last_used_at=passkey.last_used_at,
    )


def _view(linked: LinkedIdentity) -> IdentityView:
    return IdentityView(
        provider=linked.provider,
        email=linked.email,
        linked_at=linked.linked_at,
        last_used_at=linked.last_used_at,
    )


async def visit_provider_to_link(
    cmd: VisitProviderToLink,
    work: Work,
    packed: Packed,
    *,
    hashes: KeyedHash,
    cipher: Cipher,
    security: SecurityRules,
) -> Departure:
    await _has_none(work, cmd.provider)
    return await depart(cmd, work, packed, hashes=hashes, cipher=cipher, security=security)


async def _has_none(work: Work, provider: str) -> None:
    if await work.store.one(IDENTITIES, eq("user_id", work.user_id), eq("provider", provider)) is not None:
        raise Taken("provider")


async def link_provider(cmd: LinkProvider, work: Work, came: CameIn, *, emails: EmailAddresses) -> IdentityView:
    visit, identity = came.visit, came.identity
    email = verified_email(visit.provider, identity, emails)
    await _has_none(work, visit.provider)
    if await linked_as(work, identity) is not None:
        raise Taken("identity")
    linked = LinkedIdentity(
        id=work.new_id(),
        user_id=work.user_id,
        provider=visit.provider,
        issuer=identity.issuer,
        subject=identity.subject,
        email=email,
        linked_at=work.now,
    )
    work.note(linked.user_id, after={"provider": linked.provider})
    return _view(work.save(IDENTITIES, linked.linked()))


async def unlink_provider(cmd: UnlinkProvider, work: Work) -> None:
    person = await guarded(work)
    linked = await identities_of(work, person.id)
    gone = found(next((one for one in linked if one.provider == cmd.provider), None), "linked provider")
    others = len(linked) + len(await passkeys_of(work, person.id)) - 1
    if not has_another_way_in(person, others):
        raise LastWayIn
    await work.store.erase(IDENTITIES, [gone.id])
    work.record(gone.unlinked())
    work.note(person.id, {"provider": gone.provider})


async def guarded(work: Work) -> Person:
    """Whoever calls, held until the transaction ends: ways in are taken away one after the other (`LastWayIn`)."""
    return found(await work.store.hold(PEOPLE, work.user_id), "person")


def has_another_way_in(person: Person, others: int) -> bool:
    """Whether somebody still gets in: with the password, or by other providers and passkeys that are left."""
    return person.password_hash is not None or others > 0

"""Who tried to sign in, told to whose account it is. Source: docs/contexts/accounts.md."""

from uuid import UUID

from attrs import frozen

from sparkle_core.application.kernel.commands import Query
from sparkle_core.application.kernel.work import Work
from sparkle_core.domain.accounts import LOGINS
from sparkle_core.domain.accounts.networks import Location, NetworkKind
from sparkle_core.domain.accounts.programs import Program
from sparkle_core.domain.accounts.proofs import LoginRecord, LoginResult
from sparkle_core.domain.kernel.fields import Instant, Record
from sparkle_core.domain.kernel.pages import Cursor, Limit, Page, page_of, position_of
from sparkle_core.domain.kernel.stored import NEWEST_FIRST, eq
from sparkle_core.ports.watching import GeoLocator, IpIntelligence, UserAgents


@frozen(kw_only=True)
class LoginView(Record):
    """One try to sign in: when, what became of it, and from where, as far as that is known.

    `device_id`: the same for tries from one device that was signed in from before.
    """

    id: UUID
    at: Instant
    succeeded: bool
    result: LoginResult
    address: str | None
    location: Location | None
    network: NetworkKind
    user_agent: str | None
    program: Program
    device_id: UUID | None


@frozen(kw_only=True)
class MyLogins(Query[Page[LoginView]]):
    """The tries to sign in to one's own account of the last 90 days, newest first."""

    after: Cursor | None = None
    limit: Limit = 20


async def my_logins(
    query: MyLogins, work: Work, *, user_agents: UserAgents, locator: GeoLocator, networks: IpIntelligence
) -> Page[LoginView]:
    scope = (work.user_id,)
    place = position_of(query.after, "logins", scope, (UUID,))
    found = await work.store.page(
        LOGINS,
        eq("user_id", work.user_id),
        order=NEWEST_FIRST,
        after=(place[0], place[0]) if place else None,
        limit=query.limit + 1,
    )
    page = page_of(found, query.limit, "logins", scope, lambda login: (login.id,))
    views = tuple(_view(login, user_agents, locator, networks) for login in page.items)
    return Page(items=views, next=page.next)


def _view(login: LoginRecord, user_agents: UserAgents, locator: GeoLocator, networks: IpIntelligence) -> LoginView:
    return LoginView(
        id=login.id,
        at=login.at,
        succeeded=login.result is LoginResult.SUCCEEDED,
        result=login.result,
        address=login.address,
        location=locator.locate(login.address or ""),
        network=networks.kind_of(login.address or ""),
        user_agent=login.user_agent,
        program=user_agents.program(login.user_agent or ""),
        device_id=login.device_id,
    )

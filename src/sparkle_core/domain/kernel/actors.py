"""Who is calling, what they may do, and where the call came from."""

from enum import Enum
from functools import cached_property
from ipaddress import ip_network
from typing import Annotated
from uuid import UUID

from attrs import field, frozen

from sparkle_core.domain.kernel.fields import Instant, Record, Text, UserId


class Role(Enum):
    """What somebody is to the community. Code asks for a permission, never for a role."""

    USER = "USER"
    CREATOR = "CREATOR"
    VERIFIED_CREATOR = "VERIFIED_CREATOR"
    MODERATOR = "MODERATOR"
    ADMIN = "ADMIN"
    SYSTEM = "SYSTEM"

    @property
    def rank(self) -> int:
        """Who stands above whom; nobody sanctions an equal or higher one."""
        return {"MODERATOR": 1, "ADMIN": 2, "SYSTEM": 3}.get(self.value, 0)


class Status(Enum):
    """A person's status as others see it; suspensions and bans follow from live sanctions."""

    PENDING_VERIFICATION = "PENDING_VERIFICATION"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    BANNED = "BANNED"
    DELETED = "DELETED"


class Minor(Enum):
    """Somebody too young to decide alone, with a guardian's consent or without; whoever is old enough is none."""

    WITHOUT_CONSENT = "WITHOUT_CONSENT"
    WITH_CONSENT = "WITH_CONSENT"


class Permission(Enum):
    """What a use case asks of its caller. Each use case declares exactly one."""

    ENTER = "enter"  # sign up, log in, verify: what somebody unknown may do
    READ = "read"  # what the community shows to everyone
    READ_OWN = "read_own"  # one's own wallet, progress, statement
    LEAVE = "leave"  # log out, delete the account
    ADD_WAY_IN = "add_way_in"  # sign in by more than the password: only who has proved their address
    APPEAL = "appeal"
    EDIT_PROFILE = "edit_profile"
    PUBLISH = "publish"
    VISIT = "visit"  # be counted as here today
    CLAIM = "claim"  # take what a quest gives
    REACT = "react"
    REPORT = "report"
    SEND_POINTS = "send_points"
    USE_THINGS = "use_things"  # wear and use up what one has
    TRADE = "trade"  # buy and trade items
    MODERATE = "moderate"
    FREEZE_WALLETS = "freeze_wallets"
    READ_ANY_WALLET = "read_any_wallet"
    CHANGE_STATUS = "change_status"
    AWARD_XP = "award_xp"
    REVERSE_TRANSFERS = "reverse_transfers"
    MANAGE_STORE = "manage_store"
    READ_AUDIT = "read_audit"
    DELIVER = "deliver"  # the worker's own commands


_EVERYONE = frozenset({Permission.ENTER, Permission.READ})
_MEMBER = _EVERYONE | {
    Permission.READ_OWN,
    Permission.LEAVE,
    Permission.ADD_WAY_IN,
    Permission.APPEAL,
    Permission.EDIT_PROFILE,
    Permission.PUBLISH,
    Permission.VISIT,
    Permission.CLAIM,
    Permission.REACT,
    Permission.REPORT,
    Permission.SEND_POINTS,
    Permission.USE_THINGS,
    Permission.TRADE,
}
_MODERATOR = _MEMBER | {Permission.MODERATE, Permission.FREEZE_WALLETS, Permission.READ_ANY_WALLET}
_ADMIN = _MODERATOR | {
    Permission.CHANGE_STATUS,
    Permission.AWARD_XP,
    Permission.REVERSE_TRANSFERS,
    Permission.MANAGE_STORE,
    Permission.READ_AUDIT,
}

ANONYMOUS_MAY = _EVERYONE

ROLE_MAY: dict[Role, frozenset[Permission]] = {
    Role.USER: _MEMBER,
    Role.CREATOR: _MEMBER,
    Role.VERIFIED_CREATOR: _MEMBER,
    Role.MODERATOR: _MODERATOR,
    Role.ADMIN: _ADMIN,
    Role.SYSTEM: frozenset(Permission),
}

STATUS_MAY: dict[Status, frozenset[Permission]] = {
    Status.PENDING_VERIFICATION: frozenset({Permission.ENTER, Permission.READ, Permission.READ_OWN, Permission.LEAVE}),
    Status.ACTIVE: frozenset(Permission),
    Status.SUSPENDED: frozenset(
        {Permission.ENTER, Permission.READ, Permission.READ_OWN, Permission.LEAVE, Permission.APPEAL}
    ),
    Status.BANNED: frozenset({Permission.ENTER, Permission.LEAVE, Permission.APPEAL}),
    Status.DELETED: frozenset(),
}


MINOR_MAY: dict[Minor, frozenset[Permission]] = {
    Minor.WITHOUT_CONSENT: STATUS_MAY[Status.PENDING_VERIFICATION],
    Minor.WITH_CONSENT: _EVERYONE
    | {
        Permission.READ_OWN,
        Permission.LEAVE,
        Permission.ADD_WAY_IN,
        Permission.APPEAL,
        Permission.EDIT_PROFILE,
        Permission.PUBLISH,
        Permission.VISIT,
        Permission.CLAIM,
        Permission.REACT,
        Permission.REPORT,
        Permission.USE_THINGS,
    },
}
"""What is not named is not for them: private messages, trading and money, and whatever permission comes to be."""

LEAVING_MAY = _EVERYONE | {Permission.READ_OWN, Permission.LEAVE, Permission.APPEAL}
"""Who has asked for their account to be deleted: read, export, and stay after all. To others they are gone."""


@frozen(kw_only=True)
class Standing(Record):
    """Role and status of a person at the moment of a call, and whether they are too young to decide alone.

    `erased_from`: of who has asked for their account to be deleted, when that begins; `status` is what it would be if
    they stayed.
    """

    role: Role
    status: Status
    blocked_until: Instant | None = None
    minor: Minor | None = None
    erased_from: Instant | None = None

    def may(self, permission: Permission) -> bool:
        """Whether role, status and age together allow it."""
        if self.erased_from is not None and permission not in LEAVING_MAY:
            return False
        if self.minor is not None and permission not in MINOR_MAY[self.minor]:
            return False
        return permission in ROLE_MAY[self.role] and permission in STATUS_MAY[self.status]

    @property
    def receives(self) -> bool:
        """Whether others can give them points and things."""
        return self.status in (Status.ACTIVE, Status.SUSPENDED) and self.minor is None and self.erased_from is None


SYSTEM_STANDING = Standing(role=Role.SYSTEM, status=Status.ACTIVE)


@frozen(kw_only=True)
class Actor(Record):
    """Who calls: a person (with their session and when they last proved who they are), the system or nobody.

    Never decoded from input; `Authenticate(token)` answers one.
    """

    user_id: UserId | None = None
    session_id: UUID | None = None
    proved_at: Instant | None = None
    system: bool = False
    operator: Annotated[str, Text(1, 50)] | None = None
    """Who gives the system's commands by hand: for the audit log."""

    @property
    def by_hand(self) -> bool:
        """Whether somebody gives the commands, be it in the system's name; the worker's follow from what happened."""
        return not self.system or self.operator is not None

    @cached_property
    def name(self) -> str:
        """Short and stable: scopes idempotency keys and transfer ids."""
        return f"user:{self.user_id}" if self.user_id else "system" if self.system else "anonymous"


@frozen(kw_only=True)
class Remembered(Actor):
    """Somebody whose session was remembered, not looked up: good for calls alone.

    Each call holds `session_mark` against the person's own in its transaction, and raises
    `SessionLapsed` when they differ. `unlike`: the client looks like another one than began the session.
    """

    session_mark: int
    unlike: bool = False


SYSTEM = Actor(system=True)
ANONYMOUS = Actor()

Address = Annotated[str, Text(1, 64)]


@frozen(kw_only=True)
class Origin(Record):
    """Where a call came from. Rate tiers apply when one is given, which delivery always does.

    `device_token`: what the device got when somebody signed in from it before. `traits`: what else the client says
    of itself, in the order of its languages, encodings, screen and time zone; "" for what it does not say.
    """

    address: Address | None = None
    device_token: Annotated[str, Text(1, 100)] | None = field(default=None, repr=False)
    user_agent: Annotated[str, Text(0, 500)] | None = None
    locale: Annotated[str, Text(1, 35)] | None = None
    traits: tuple[Annotated[str, Text(0, 200)], ...] = ()
    request_id: UUID | None = None
    correlation_id: UUID | None = None

    @property
    def network(self) -> str | None:
        """Whom limits count: the address itself, but the /64 of IPv6, which one subscriber has whole."""
        if self.address is None or ":" not in self.address:
            return self.address
        try:
            return str(ip_network(f"{self.address}/64", strict=False))
        except ValueError:
            return self.address

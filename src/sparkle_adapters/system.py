"""The real world: the system's clock and secure randomness."""

import secrets
from datetime import UTC, datetime
from uuid import UUID

from attrs import mutable
from uuid_utils.compat import uuid7


@mutable(eq=False)
class SystemMoment:
    """The `Moment` port at one instant."""

    now: datetime

    def new_id(self) -> UUID:
        return uuid7()

    def token(self, size: int = 32) -> str:
        return secrets.token_urlsafe(size)

    def below(self, bound: int) -> int:
        return secrets.randbelow(bound)

    def again(self) -> "SystemMoment":
        return SystemMoment(datetime.now(UTC))


class SystemWorld:
    """The `World` port."""

    def moment(self) -> SystemMoment:
        return SystemMoment(datetime.now(UTC))

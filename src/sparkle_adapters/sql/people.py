"""Reading people as others see them: one statement each."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from sparkle_adapters.codec import rows_of
from sparkle_adapters.sql.columns import ID, INSTANT, TEXT, WHOLE
from sparkle_adapters.sql.dialects import Dialect
from sparkle_adapters.sql.records import SqlRecords
from sparkle_core.domain.accounts import PEOPLE, PROFILES, STATISTICS
from sparkle_core.domain.accounts.people import FOREVER, Person, StoredStatus
from sparkle_core.domain.accounts.profiles import Profile, folded
from sparkle_core.domain.kernel.actors import Role, Status
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.progression import PROGRESS
from sparkle_core.ports.people import FoundPerson, PublicPerson, SearchPlace
from sparkle_core.ports.store import Records

Tables = Mapping[str, sa.Table]

NUMBERS = ("posts", "followers", "following", "likes")


class SqlPeople:
    """The `PeopleReader` port over `SqlRecords`."""

    async def own(self, records: Records, id: UserId) -> tuple[Person, Profile] | None:
        rows = await _sql(records).ask("own person", _own, id=id)
        if not rows:
            return None
        of_person = len(rows_of(Person).names)
        return rows_of(Person).value(rows[0][:of_person]), rows_of(Profile).value(rows[0][of_person:])

    async def public(self, records: Records, username_key: str, now: datetime) -> PublicPerson | None:
        who = {"username_key": username_key, "now": now, "forever": FOREVER}
        rows = await _sql(records).ask("public person", _public, **who)
        return rows_of(PublicPerson).value(rows[0]) if rows else None

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
        values: dict[str, Any] = {"text": f"%{_literal(folded(text))}%", "now": now, "forever": FOREVER, "limit": limit}
        if role is not None:
            values["role"] = role.value
        if after is not None:
            values |= {"verified": after[0], "followers": after[1], "after_id": after[2]}
        question = f"search people {status} {role is None} {after is None}"
        rows = await _sql(records).ask(question, lambda t, d: _search(t, status, role, after), **values)
        return [
            FoundPerson(
                id=id, username=username, display_name=name, role=Role(role_), verified=bool(verified), followers=many
            )
            for id, username, name, role_, verified, many in rows
        ]


def _sql(records: Records) -> SqlRecords:
    assert isinstance(records, SqlRecords)
    return records


def _literal(text: str) -> str:
    """Text that LIKE takes as it stands."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _number(tables: Tables, kind: str) -> Any:
    statistic, person = tables[STATISTICS.name], tables[PEOPLE.name]
    mine = (statistic.c.id == person.c.id) & (statistic.c.kind == sa.literal_column(f"'{kind}'"))
    return sa.func.coalesce(sa.select(statistic.c.number).where(mine).scalar_subquery(), sa.literal_column("0"))


def _is_verified(person: sa.Table) -> sa.ColumnElement[bool]:
    return person.c.role == sa.literal_column(f"'{Role.VERIFIED_CREATOR.value}'")


def _own(tables: Tables, dialect: Dialect) -> sa.Executable:
    """The columns of a person and of their profile, each in the order of its codec."""
    person, profile = tables[PEOPLE.name], tables[PROFILES.name]
    columns = [person.c[name] for name in rows_of(Person).names] + [profile.c[name] for name in rows_of(Profile).names]
    joined = sa.select(*columns).join_from(person, profile, profile.c.id == person.c.id)
    return joined.where(person.c.id == sa.bindparam("id", type_=ID))


def _public(tables: Tables, dialect: Dialect) -> sa.Executable:
    """The fields of a `PublicPerson` in their order."""
    person, profile, progress = tables[PEOPLE.name], tables[PROFILES.name], tables[PROGRESS.name]
    return (
        sa.select(
            *(person.c.id, person.c.username, person.c.display_name),
            *(profile.c.bio, profile.c.image, profile.c.banner),
            *(person.c.role, _is_verified(person), progress.c.level),
            *(person.c.created_at, person.c.last_seen_at),
            *(profile.c.social, profile.c.interests, profile.c.skills, profile.c.showcase),
            *(_number(tables, kind) for kind in NUMBERS),
        )
        .join_from(person, profile, profile.c.id == person.c.id)
        .join(progress, progress.c.id == person.c.id)
        .where(person.c.username_key == sa.bindparam("username_key", type_=TEXT), _standing(person, None))
    )


def _search(tables: Tables, status: Status | None, role: Role | None, after: SearchPlace | None) -> sa.Executable:
    person, profile, statistic = tables[PEOPLE.name], tables[PROFILES.name], tables[STATISTICS.name]
    is_followers = (statistic.c.id == person.c.id) & (statistic.c.kind == sa.literal_column("'followers'"))
    followers = sa.func.coalesce(statistic.c.number, sa.literal_column("0"))
    verified = sa.case((_is_verified(person), sa.literal_column("1")), else_=sa.literal_column("0"))
    text = sa.bindparam("text", type_=TEXT)
    found = (
        sa.select(person.c.id, person.c.username, person.c.display_name, person.c.role, verified, followers)
        .join_from(person, profile, profile.c.id == person.c.id)
        .outerjoin(statistic, is_followers)
        .where(profile.c.search_text.like(text, escape="\\"), _standing(person, status))
    )
    if role is not None:
        found = found.where(person.c.role == sa.bindparam("role", type_=TEXT))
    if after is not None:
        here = sa.tuple_(-verified, -followers, person.c.id)
        there = sa.tuple_(
            -sa.bindparam("verified", type_=WHOLE),
            -sa.bindparam("followers", type_=WHOLE),
            sa.bindparam("after_id", type_=ID),
        )
        found = found.where(here > there)
    return found.order_by(verified.desc(), followers.desc(), person.c.id).limit(sa.bindparam("limit", type_=WHOLE))


def _grown_up(person: sa.Table) -> sa.ColumnElement[bool]:
    return sa.or_(person.c.minor_until.is_(None), person.c.minor_until <= sa.bindparam("now", type_=INSTANT))


def _standing(person: sa.Table, status: Status | None) -> sa.ColumnElement[bool]:
    """Who has a status as the clock sees it (`blocked_until` is indexed); None: who is shown (`Person.shown_at`)."""
    now, forever = sa.bindparam("now", type_=INSTANT), sa.bindparam("forever", type_=INSTANT)
    blocked = sa.and_(person.c.blocked_until.is_not(None), person.c.blocked_until > now)
    banned = sa.and_(blocked, person.c.blocked_until == forever)
    stored = {s: person.c.stored_status == sa.literal_column(f"'{s.value}'") for s in StoredStatus}
    here = sa.and_(person.c.deletion_requested_at.is_(None), _grown_up(person))
    return {
        None: sa.and_(here, stored[StoredStatus.ACTIVE], sa.not_(banned)),
        Status.PENDING_VERIFICATION: sa.and_(here, stored[StoredStatus.PENDING], sa.not_(blocked)),
        Status.ACTIVE: sa.and_(here, stored[StoredStatus.ACTIVE], sa.not_(blocked)),
        Status.SUSPENDED: sa.and_(here, blocked, sa.not_(banned)),
        Status.BANNED: sa.and_(here, banned),
        Status.DELETED: sa.false(),
    }[status]

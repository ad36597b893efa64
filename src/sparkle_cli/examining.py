"""The doctor: what is wrong with a deployment, and how to mend it."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from attrs import evolve

from sparkle_adapters.addresses import without_password
from sparkle_bootstrap import Settings, Sparkle, connect
from sparkle_bootstrap.mailing import ExaminedMail, examine_mail, sender_of
from sparkle_bootstrap.making import breached_passwords
from sparkle_bootstrap.operating import Examined, checked_rules, examine
from sparkle_bootstrap.sharing import examine_server
from sparkle_bootstrap.signing_in import NoPasskeys, examined_clients, passkeys_of, site_of
from sparkle_bootstrap.watching import intelligence, locator
from sparkle_cli.exits import FINE, UNSOUND
from sparkle_cli.finding import Finding, Health
from sparkle_cli.hardening import weaknesses
from sparkle_cli.options import DatabaseUrl, Json, named_rules, settings_of
from sparkle_cli.output import tell, tell_json, tell_table
from sparkle_cli.seeding import DEMO_USERNAME
from sparkle_core.application.accounts import PersonNamed
from sparkle_core.application.kernel.outbox import OUTBOX, Delivery, OutboxMessage
from sparkle_core.application.rotation import KeysInUse, KeyState
from sparkle_core.domain.kernel.actors import SYSTEM
from sparkle_core.domain.kernel.errors import Invalid, NotFound, SparkleError
from sparkle_core.domain.kernel.sealed import Purpose
from sparkle_core.domain.kernel.stored import NEWEST_FIRST, PAGE_MAX, eq, lt
from sparkle_core.ports.store import Transaction

LATE = timedelta(minutes=1)
"""An event that has been due for longer waits for a worker that is not there."""
CLOCKS_AGREE_S = 2.0
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def doctor(*, database_url: DatabaseUrl = None, json: Json = False) -> int:
    """Say what is wrong with this deployment, and how to mend it; exits with 1 when something is."""
    try:
        settings = settings_of(database_url)
    except SparkleError as error:
        findings = [Finding("settings", Health.WRONG, str(error), "correct the environment variable named")]
    else:
        findings = list(examined(settings, named_rules()))
    wrong = any(f.health is Health.WRONG for f in findings)
    if json:
        told = [{"check": f.what, "health": f.health, "found": f.found, "mend": f.mend} for f in findings]
        tell_json({"healthy": not wrong, "checks": told})
        return UNSOUND if wrong else FINE
    tell_table(("check", "health", "found"), ((f.what, f.health.value, f.found) for f in findings))
    for finding in findings:
        if finding.mend:
            tell(f"{finding.what}: {finding.mend}")
    tell("Something is wrong." if wrong else "Nothing is wrong.")
    return UNSOUND if wrong else FINE


def examined(settings: Settings, rules: Path | None = None) -> Iterator[Finding]:
    """What there is to say of a deployment and its file of rules. What one check raises is a finding too."""
    yield Finding("settings", Health.FINE, f"{settings.environment}, files under {settings.var}")
    checks: tuple[tuple[str, Callable[[Settings], Iterable[Finding]]], ...] = (
        ("key", lambda of: [_key(of)]),
        ("keys", lambda of: [_keys(of)]),
        ("insecure settings", weaknesses),
        ("var folder", lambda of: [_folder("var folder", of.var)]),
        ("rules", lambda _: _rules(rules)),
        ("mail", mail_of),
        ("breached passwords", _breached),
        ("providers", _providers),
        ("passkeys", lambda of: [_passkeys(of)]),
        ("redis", _redis),
        ("places and networks", _watching),
        ("database", _database),
    )
    for what, look in checks:
        try:
            yield from look(settings)
        except Exception as error:  # whatever it is, the other checks go on
            if os.environ.get("SPARKLE_DEBUG") == "1":
                raise
            found = _one_line(error) if isinstance(error, SparkleError | OSError) else type(error).__name__
            mend = "correct what it names; SPARKLE_DEBUG=1 shows where it comes from"
            yield Finding(what, Health.WRONG, f"cannot be looked at: {found}", mend)


def _has_keys(settings: Settings) -> bool:
    """Whether the community can be opened."""
    return all(f.health is not Health.WRONG for f in (_key(settings), _keys(settings)))


def _key(settings: Settings) -> Finding:
    if settings.key is not None:
        return Finding("key", Health.FINE, f"from SPARKLE_KEY, {len(settings.key)} bytes")
    if settings.environment != "development":
        return Finding("key", Health.WRONG, "SPARKLE_KEY is not set", "set it to 32 or more random bytes in base64")
    place = settings.var / "development.key"
    if not place.exists():
        return Finding("key", Health.FINE, f"will be made at {place}")
    if place.stat().st_mode & OTHERS:
        return Finding("key", Health.WRONG, f"{place} can be read by others", f'chmod 600 "{place}"')
    try:
        settings.the_key()
    except Invalid as error:
        mend = "restore it; a new one is made in its place once it is moved away, and signs everybody out"
        return Finding("key", Health.WRONG, f"{place} {error.faults[0].message}", mend)
    return Finding("key", Health.FINE, f"{place}, for development")


def _keys(settings: Settings) -> Finding:
    try:
        file = settings.the_keys()
        if file.makes and not file.path.exists():
            return Finding("keys", Health.FINE, f"will be made at {file.path}")
        ring = file.secrets()
    except Invalid as error:
        return Finding("keys", Health.WRONG, error.faults[0].message, "let SPARKLE_KEYS name a file of `sparkle keys`")
    if file.path.stat().st_mode & OTHERS:
        return Finding("keys", Health.WRONG, f"{file.path} can be read by others", f'chmod 600 "{file.path}"')
    return Finding("keys", Health.FINE, f"{file.path}: {ring.active} is active, of {len(ring.keys)} for secrets")


def _folder(what: str, folder: Path) -> Finding:
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        return Finding(
            what, Health.WRONG, f"{place} cannot be written to", "let this user write there, or set SPARKLE_VAR"
        )
    return Finding(what, Health.FINE, str(folder) if place == folder else f"{folder} will be made")


def mail_of(settings: Settings) -> Iterator[Finding]:
    """What there is to say of where letters go."""
    if settings.smtp_url is None:
        yield _folder("mail folder", settings.var / "mail")
        try:
            sender_of(settings)
        except Invalid as error:
            yield _setting("mail", error)
        if settings.environment == "production":
            mend = "set SPARKLE_SMTP_URL, or send what appears in the mail folder"
            yield Finding("mail", Health.DOUBTFUL, "mail goes to files, to nobody's inbox", mend)
        return
    try:
        examined = examine_mail(settings)
    except Invalid as error:
        yield _setting("mail", error)
        return
    except SparkleError as error:
        found = f"{error} {_one_line(error.__cause__ or error)}"
        yield Finding("mail", Health.WRONG, found, "start it, or correct SPARKLE_SMTP_URL; letters wait until then")
        return
    yield told_of_mail(examined, settings)


def _setting(what: str, error: Invalid) -> Finding:
    """A setting that is none."""
    fault = error.faults[0]
    return Finding(what, Health.WRONG, f"{fault.path} {fault.message}", "correct the environment variable named")


def _rules(file: Path | None) -> Iterator[Finding]:
    if file is None:
        return
    try:
        checked_rules(file)
    except Invalid as error:
        yield Finding("rules", Health.WRONG, str(error), "`sparkle rules check` names each fault with its line")
    else:
        yield Finding("rules", Health.FINE, str(file))


def _breached(settings: Settings) -> Iterator[Finding]:
    url = settings.breached_passwords_url
    if url is None:
        return
    try:
        breached_passwords(settings)
    except Invalid as error:
        yield _setting("breached passwords", error)
    else:
        yield Finding("breached passwords", Health.FINE, f"the list, and {url}")


def told_of_mail(examined: ExaminedMail, settings: Settings) -> Finding:
    """What there is to say of a mail server that answers."""
    how = f"{examined.server}, {examined.encryption}{', signed in' if examined.signed_in else ''}"
    if examined.exposed:
        return Finding("mail", Health.DOUBTFUL, how, "letters can be read on their way: use smtp:// or smtps://")
    if settings.public_url is None:
        return Finding("mail", Health.DOUBTFUL, f"{how}; letters have no links", "set SPARKLE_PUBLIC_URL")
    return Finding("mail", Health.FINE, how)


def _providers(settings: Settings) -> Iterator[Finding]:
    if settings.oauth is None:
        return
    try:
        found = examined_clients(settings.oauth)
    except Invalid as error:
        mend = "correct the file that SPARKLE_OAUTH names; docs/security.md has one"
        yield Finding("providers", Health.WRONG, str(error), mend)
        return
    if found.read_by_others:
        readable = f"{settings.oauth} can be read by others"
        yield Finding("providers", Health.WRONG, readable, f'chmod 600 "{settings.oauth}"')
        return
    yield Finding("providers", Health.FINE, f"{', '.join(found.providers)}; back to {found.redirect_uri}")


def _passkeys(settings: Settings) -> Finding:
    """Whom they are for, and whether there are any."""
    try:
        site = site_of(settings)
    except Invalid as error:
        return Finding("passkeys", Health.WRONG, str(error), "correct the environment variables named")
    if site is None:
        mend = "set SPARKLE_PUBLIC_URL, or SPARKLE_PASSKEYS_FOR and SPARKLE_PASSKEY_ORIGINS"
        return Finding("passkeys", Health.DOUBTFUL, "nothing says whom they would be for, so there are none", mend)
    found = f"for {site.id}, on {', '.join(site.origins)}"
    if isinstance(passkeys_of(settings), NoPasskeys):
        return Finding("passkeys", Health.DOUBTFUL, f"{found}; not installed", "pip install 'sparkle-core[passkeys]'")
    return Finding("passkeys", Health.FINE, found)


def _redis(settings: Settings) -> Iterator[Finding]:
    if settings.redis_url is None:
        return
    address = without_password(settings.redis_url)
    try:
        examined = examine_server(settings.redis_url)
    except Invalid as error:
        yield _setting("redis", error)
        return
    except SparkleError as error:
        found = f"{address} does not answer: {_one_line(error.__cause__ or error)}"
        mend = "start it, or correct SPARKLE_REDIS_URL; until then limits and sessions go through the database"
        yield Finding("redis", Health.WRONG, found, mend)
        return
    if examined.evicts:
        found = f"{address} forgets limits before their time when its memory is full"
        yield Finding("redis", Health.DOUBTFUL, found, "set maxmemory-policy noeviction")
        return
    yield Finding("redis", Health.FINE, f"{address}, {examined.product}")


def _watching(settings: Settings) -> Iterator[Finding]:
    """The files that say where addresses are and what their networks are."""
    named = (
        ("SPARKLE_LOCATIONS", settings.locations, lambda: locator(settings)),
        ("SPARKLE_NETWORKS", settings.networks, lambda: intelligence(evolve(settings, anonymisers=None))),
        ("SPARKLE_ANONYMISERS", settings.anonymisers, lambda: intelligence(evolve(settings, networks=None))),
    )
    for name, file, read in named:
        if file is None:
            continue
        what = name.removeprefix("SPARKLE_").lower()
        try:
            read()
        except Invalid as error:
            yield Finding(what, Health.WRONG, str(error), f"mend the file that {name} names, or set another")
        else:
            yield Finding(what, Health.FINE, str(file))


def _database(settings: Settings) -> Iterator[Finding]:
    address = without_password(settings.url)
    file = Path(settings.url.removeprefix("sqlite:///")) if settings.url.startswith("sqlite:") else None
    if file is not None and not file.exists():
        yield Finding("database", Health.WRONG, f"{address} is not there yet", "run `sparkle migrate up`")
        return
    try:
        examined = examine(settings.url)
    except Exception as error:  # whatever the driver says, this is what was found
        mend = "start it, or correct SPARKLE_DATABASE_URL"
        found = f"{address} does not answer: {_one_line(error.__cause__ or error)}"
        yield Finding("database", Health.WRONG, found, mend)
        return
    if file is not None and file.stat().st_mode & OTHERS:
        yield Finding("database", Health.DOUBTFUL, f"{file} can be read by others", f'chmod 600 "{file}"')
    else:
        yield Finding("database", Health.FINE, address)
    yield from _kept(examined)
    if examined.schema.is_current and _has_keys(settings):
        with connect(settings=_alone(settings)) as sparkle:  # what is looked at is in the database
            yield from _events(sparkle)
            yield from _under_keys(sparkle)
            yield from _demo(sparkle, settings)


def _alone(settings: Settings) -> Settings:
    """The database and its keys, and nothing that was looked at before: that is not told of twice."""
    return Settings(key=settings.key, keys=settings.keys, var=settings.var, database_url=settings.database_url)


def _kept(examined: Examined) -> Iterator[Finding]:
    schema = examined.schema
    if schema.is_current:
        yield Finding("schema", Health.FINE, schema.found or "none")
    elif schema.found is not None and not schema.missing:
        yield Finding("schema", Health.WRONG, f"{schema.found} is not known to this version", "run the newer version")
    else:
        found = f"{schema.found or 'none'}, {len(schema.missing)} migrations behind"
        yield Finding("schema", Health.WRONG, found, "run `sparkle migrate up`")
    if schema.is_current and examined.missing_triggers:
        missing = ", ".join(examined.missing_triggers)
        mend = (
            "restore them from a fresh database's schema, then run `sparkle ledger verify` and `sparkle audit verify`"
        )
        yield Finding("ledger protection", Health.WRONG, f"triggers are missing: {missing}", mend)
    elif schema.is_current:
        yield Finding("ledger protection", Health.FINE, "triggers keep it and the audit log append-only")
    ahead = examined.clock_ahead_s
    agrees = abs(ahead) <= CLOCKS_AGREE_S
    yield Finding(
        "clock",
        Health.FINE if agrees else Health.WRONG,
        "agrees with the database's" if agrees else f"the database's clock is {ahead:+.1f} s from this machine's",
        "" if agrees else "let both follow a time server",
    )


def _events(sparkle: Sparkle) -> Iterator[Finding]:
    now = datetime.now(UTC)

    async def look(tx: Transaction) -> tuple[list[OutboxMessage], list[OutboxMessage], list[OutboxMessage]]:
        parked = await tx.records.find(OUTBOX, eq("delivery", Delivery.PARKED))
        late = await tx.records.find(OUTBOX, eq("delivery", Delivery.PENDING), lt("due_at", now - LATE))
        return parked, late, await tx.records.find(OUTBOX, order=NEWEST_FIRST, limit=1)

    parked, late, newest = sparkle.run_coroutine(sparkle.store.read(look))
    if newest and newest[0].at > now + LATE:
        mend = "set this machine's clock right"
        yield Finding("time", Health.WRONG, f"the newest event is of {newest[0].at:%Y-%m-%d %H:%M} UTC, to come", mend)
    if late:
        found = f"{_up_to(late)} events are late, the oldest since {late[0].due_at:%Y-%m-%d %H:%M} UTC"
        yield Finding("worker", Health.WRONG, found, "run `sparkle serve` or `sparkle worker`")
    else:
        yield Finding("worker", Health.FINE, "no event is late")
    for message in parked[:5]:
        found = f"{message.topic} {message.id} failed {message.attempts} times: {message.fault}"
        yield Finding("parked event", Health.WRONG, found, "mend its cause, then deploy; it is kept until then")
    yield Finding("parked events", Health.WRONG if parked else Health.FINE, _up_to(parked))


def _under_keys(sparkle: Sparkle) -> Iterator[Finding]:
    used = sparkle.run(KeysInUse(), actor=SYSTEM)
    sealed = [r for r in used if r.purpose is Purpose.SECRETS]
    for rows in used:
        if rows.state is KeyState.MISSING or (rows in sealed and rows.state is KeyState.NONE):
            under = f"{rows.key}, which is not in the file of keys" if rows.key else "no key: nobody sealed them"
            mend = "restore the file of keys from where it is kept" if rows.key else "have these values given anew"
            yield Finding("encrypted rows", Health.WRONG, f"{rows.rows:,} rows of {rows.field} are under {under}", mend)
    older = sum(r.rows for r in sealed if r.state is KeyState.OLDER)
    if older:
        mend = "run `sparkle keys rotate`, then `sparkle keys retire`"
        yield Finding("encrypted rows", Health.DOUBTFUL, f"{older:,} rows are under older keys", mend)
    else:
        active = sum(r.rows for r in sealed if r.state is KeyState.ACTIVE)
        yield Finding("encrypted rows", Health.FINE, f"{active:,} are under the active key")


def _demo(sparkle: Sparkle, settings: Settings) -> Iterator[Finding]:
    if settings.environment != "production":
        return
    try:
        sparkle.run(PersonNamed(username=DEMO_USERNAME), actor=SYSTEM)
    except NotFound:
        return
    mend = "use a database that was never seeded"
    yield Finding("demo people", Health.WRONG, "the demo community is here; everybody knows its password", mend)


def _up_to(messages: list[OutboxMessage]) -> str:
    return f"{len(messages)}{' or more' if len(messages) == PAGE_MAX else ''}"


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__

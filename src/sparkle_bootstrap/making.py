"""Making a `Sparkle`: in memory, or on a database."""

from collections.abc import Callable
from functools import partial
from typing import Any

from attrs import asdict, fields

from sparkle_adapters.codec import JsonCodec
from sparkle_adapters.crypto.keys import HmacKeys
from sparkle_adapters.crypto.one_time import PyOtp, SegnoQrCodes
from sparkle_adapters.mail.memory import Mailbox
from sparkle_adapters.memory.cache import MemoryCache
from sparkle_adapters.memory.identities import MemoryIdentityProviders
from sparkle_adapters.memory.leaderboards import MemoryLeaderboards
from sparkle_adapters.memory.passkeys import MemoryPasskeys
from sparkle_adapters.memory.people import MemoryPeople
from sparkle_adapters.memory.posts import MemoryPosts
from sparkle_adapters.memory.security import FastHasher, MemoryCipher, MemoryKeys, MemoryKeyUsage, MemoryRateLimiter
from sparkle_adapters.memory.store import MemoryStore
from sparkle_adapters.memory.watching import MemoryLocator, MemoryNetworks, PlainUserAgents
from sparkle_adapters.memory.world import SeededWorld
from sparkle_adapters.system import SystemWorld
from sparkle_adapters.text.breached_passwords import EmbeddedPasswords, PasswordRanges
from sparkle_adapters.text.emails import EmailSyntax
from sparkle_adapters.text.html import Nh3Sanitizer
from sparkle_adapters.text.patterns import Re2Patterns
from sparkle_bootstrap.mailing import mailer_of
from sparkle_bootstrap.settings import Settings
from sparkle_bootstrap.sharing import Closes, shared
from sparkle_bootstrap.signing_in import SigningIn, passkeys_of, signing_in
from sparkle_bootstrap.sparkle import Sparkle
from sparkle_bootstrap.watching import watching
from sparkle_bootstrap.wiring import wired
from sparkle_core.application import catalog
from sparkle_core.application.accounts.authenticating import SessionMemory
from sparkle_core.application.kernel.dispatcher import Dispatcher, table_of
from sparkle_core.application.kernel.keyed import KeyedFields
from sparkle_core.application.kernel.relay import Relay
from sparkle_core.application.reactions import reactions
from sparkle_core.application.rules import Rules
from sparkle_core.application.shared.holdings import Holdings
from sparkle_core.application.shared.people import standing_of_caller
from sparkle_core.application.shared.screening import Screener
from sparkle_core.domain.accounts import PEOPLE
from sparkle_core.domain.accounts.identities import Destinations
from sparkle_core.domain.accounts.rules import HashingRules
from sparkle_core.domain.kernel.sealed import Purpose
from sparkle_core.ports.cache import Cache
from sparkle_core.ports.content import PostReader
from sparkle_core.ports.identities import IdentityProviders
from sparkle_core.ports.leaderboards import Leaderboards
from sparkle_core.ports.mail import Mailer
from sparkle_core.ports.passkeys import Passkeys
from sparkle_core.ports.people import PeopleReader
from sparkle_core.ports.security import (
    BreachedPasswords,
    Cipher,
    EmailAddresses,
    KeyedHash,
    KeyRings,
    KeyUsage,
    OneTimePasswords,
    PasswordHasher,
    QrCodes,
    RateLimiter,
)
from sparkle_core.ports.store import Store
from sparkle_core.ports.text import Codec, HtmlSanitizer
from sparkle_core.ports.watching import GeoLocator, IpIntelligence, UserAgents
from sparkle_core.ports.world import World


def in_memory(
    seed: int = 0,
    *,
    rules: Rules | None = None,
    mailer: Mailer | None = None,
    hasher: PasswordHasher | None = None,
    through: Callable[[Store], Store] | None = None,
    boards: Leaderboards | None = None,
    keys: MemoryKeys | None = None,
    breached: BreachedPasswords | None = None,
    providers: IdentityProviders | None = None,
    inline: bool = True,
) -> Sparkle:
    """A community in memory, on a seeded world: the same commands give the same ids, codes and instants.

    Passwords are hashed fast and weakly here unless a `hasher` is given; events are acted on after each command unless
    `inline` is False (then by `drain`). `providers` that people sign in with believe whatever they are told
    (`MemoryIdentityProviders`), unless others are given. `through` puts something between the community and its
    store, such as faults (`sparkle_core.testing.faults`), or answers another store altogether; `boards` are the
    leaderboards that go with that one.
    """
    rules = rules or Rules()
    limiter = MemoryRateLimiter()
    keys = keys or MemoryKeys(seed.to_bytes(32, signed=True))
    provided = {
        PasswordHasher: hasher or FastHasher(),
        KeyedHash: HmacKeys(seed.to_bytes(32, signed=True)),
        Cipher: MemoryCipher(keys),
        KeyRings: keys,
        KeyUsage: MemoryKeyUsage(),
        RateLimiter: limiter,
        Cache: MemoryCache(),
        Mailer: mailer or Mailbox(),
        BreachedPasswords: breached or EmbeddedPasswords(),
        IdentityProviders: providers or MemoryIdentityProviders(),
        Destinations: Destinations(),
        Passkeys: MemoryPasskeys(),
        PeopleReader: MemoryPeople(),
        PostReader: MemoryPosts(),
        Leaderboards: boards or MemoryLeaderboards(),
        UserAgents: PlainUserAgents(),
        GeoLocator: MemoryLocator(),
        IpIntelligence: MemoryNetworks(),
    }
    store: Store = MemoryStore(catalog.STORED)
    store = through(store) if through is not None else store
    return _assembled(store, SeededWorld(seed), rules, provided, dict.fromkeys(rules.security.tiers, limiter), inline)


def connect(
    url: str | None = None,
    *,
    settings: Settings | None = None,
    rules: Rules | None = None,
    mailer: Mailer | None = None,
    hasher: PasswordHasher | None = None,
    keys: KeyRings | None = None,
    cipher: Cipher | None = None,
    breached: BreachedPasswords | None = None,
    world: World | None = None,
    providers: IdentityProviders | None = None,
    passkeys: Passkeys | None = None,
    inline: bool = False,
) -> Sparkle:
    """A community on a database: `sqlite:///file.db` or `postgresql://user:password@host/name`.

    A missing SQLite schema is created; otherwise raises `SchemaBehind` when migrations are
    missing. Raises `Invalid` for an address of another kind, or for a missing key or file of keys
    outside development; `keys` and `cipher` take the file's place, and go together. With a `redis_url` in the
    settings, limits and remembered sessions are on that server, for as long as it answers (docs/security.md); with
    an `smtp_url`, letters go there. A mailer that can be closed is closed with the community; a `hasher` and `breached`
    that are given are not.
    People sign in with the providers that the settings' file names, or with those that are given.
    Events are acted on by a worker (`drain`), or after each command with `inline`.
    """
    from sparkle_bootstrap.databases import database

    settings = settings or Settings.from_environment()
    hashes = HmacKeys(settings.the_key())
    rules = rules or Rules()
    secured = _secured(settings, keys, cipher, hasher, rules.security.hashing)
    outside = {Mailer: mailer or mailer_of(settings), BreachedPasswords: breached or breached_passwords(settings)}
    found = database(url or settings.url, catalog.STORED)
    common = shared(settings.redis_url, settings.redis_timeout_s, hashes, found.limiter)
    signing = SigningIn(providers, Destinations()) if providers is not None else signing_in(settings.oauth)
    provided = {
        **found.provided,
        **secured,
        **watching(settings),
        IdentityProviders: signing.providers,
        Destinations: signing.destinations,
        Passkeys: passkeys or passkeys_of(settings),
        KeyedHash: hashes,
        RateLimiter: common.limiter,
        Cache: common.cache,
        **outside,
    }
    limiters: dict[str, RateLimiter] = {**dict.fromkeys(rules.security.tiers, common.limiter), "read": common.reads}
    world = world or SystemWorld()
    servers = common.servers + signing.servers
    made = [
        provided[port] for port, given in ((PasswordHasher, hasher), (BreachedPasswords, breached)) if given is None
    ]
    own = tuple(pool for pool in made if isinstance(pool, Closes))
    return _assembled(found.store, world, rules, provided, limiters, inline, servers, own)


def _slices(rules: Rules) -> tuple[Any, ...]:
    """The rules of each context, to be handed over by their type."""
    return tuple(getattr(rules, a.name) for a in fields(Rules))


def _secured(
    settings: Settings,
    keys: KeyRings | None,
    cipher: Cipher | None,
    hasher: PasswordHasher | None,
    hashing: HashingRules,
) -> dict[Any, Any]:
    """Keys, cipher and hasher: those given, or with the keys of the deployment's file."""
    from sparkle_adapters.crypto.cipher import AesGcmCipher
    from sparkle_adapters.crypto.passwords import Argon2Hasher

    if keys is not None and cipher is not None:
        return {KeyRings: keys, Cipher: cipher, PasswordHasher: hasher or Argon2Hasher(**asdict(hashing))}
    if keys is not None or cipher is not None:
        raise TypeError("keys and cipher go together: whoever brings one brings the other")
    file = settings.the_keys()
    return {
        KeyRings: file,
        Cipher: AesGcmCipher(partial(file.now, Purpose.SECRETS)),
        PasswordHasher: hasher or Argon2Hasher(**asdict(hashing), peppers=partial(file.now, Purpose.PASSWORDS)),
    }


def breached_passwords(settings: Settings) -> BreachedPasswords:
    """The embedded list, and the range service behind it where the settings name one. Raises `Invalid`."""
    embedded = EmbeddedPasswords()
    url = settings.breached_passwords_url
    return embedded if url is None else PasswordRanges(url, embedded)


def _assembled(
    store: Store,
    world: World,
    rules: Rules,
    provided: dict[Any, Any],
    limiters: dict[str, RateLimiter],
    inline: bool,
    servers: tuple[Closes, ...] = (),
    pools: tuple[Closes, ...] = (),
) -> Sparkle:
    slices = {type(s): s for s in _slices(rules)}
    codec = JsonCodec()
    embedded = {
        Codec: codec,
        BreachedPasswords: EmbeddedPasswords(),
        EmailAddresses: EmailSyntax(),
        OneTimePasswords: PyOtp(),
        QrCodes: SegnoQrCodes(),
        HtmlSanitizer: Nh3Sanitizer(),
        Screener: Screener.of(rules.moderation, Re2Patterns()),
        KeyedFields: KeyedFields.of(catalog.STORED),
        Holdings: Holdings.of(catalog.STORED),
    }
    memory = SessionMemory(provided[Cache], provided[KeyedHash], codec)
    everything = {**slices, **embedded, **provided, SessionMemory: memory}
    table = reactions(rules.progression)
    dispatcher = Dispatcher(
        table=table_of(wired(use, everything) for use in catalog.USE_CASES),
        store=store,
        world=world,
        codec=codec,
        hashes=provided[KeyedHash],
        limiters=limiters,
        tiers=rules.security.tiers,
        step_up_s=rules.security.step_up_s,
        standing_of=standing_of_caller,
        stands_in=PEOPLE.name,
        awaited=frozenset(r.event.topic for r in table),
        keys=provided[KeyRings],
    )
    relay = Relay(dispatcher=dispatcher, events={e.topic: e for e in catalog.EVENTS}, reactions=table)
    mailer = provided[Mailer]
    closes = (mailer,) if isinstance(mailer, Closes) else ()
    return Sparkle(dispatcher, relay, rules, mailer, inline=inline, servers=(*servers, *closes), pools=pools)

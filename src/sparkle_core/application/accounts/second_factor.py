"""The second factor: setting it up, signing in with it, doing without it again. Source: docs/contexts/accounts.md."""

import base64
from uuid import UUID

from attrs import field, frozen

from sparkle_core.application.accounts.sessions import (
    Asked,
    LoggedIn,
    challenge_hash,
    new_token,
    remember_login,
    start_session,
)
from sparkle_core.application.kernel.commands import Command, Query, Refused
from sparkle_core.application.kernel.work import Preparation, Work, found
from sparkle_core.domain.accounts import BACKUP_CODES, LOGIN_CHALLENGES, PEOPLE, SECOND_FACTORS
from sparkle_core.domain.accounts.errors import (
    ChallengeRejected,
    CodeRejected,
    InvalidCredentials,
    TwoFactorAlreadyEnabled,
)
from sparkle_core.domain.accounts.events import TwoFactorDisabled
from sparkle_core.domain.accounts.factors import (
    BACKUP_ALPHABET,
    FEW_LEFT,
    BackupCode,
    SecondFactor,
    backup_code,
    step_at,
    typed_backup_code,
)
from sparkle_core.domain.accounts.factors import BACKUP_CODES as SO_MANY
from sparkle_core.domain.accounts.passwords import normalised_password
from sparkle_core.domain.accounts.people import FOREVER
from sparkle_core.domain.accounts.proofs import LoginResult
from sparkle_core.domain.accounts.rules import SecurityRules
from sparkle_core.domain.kernel.errors import NotFound
from sparkle_core.domain.kernel.fields import Record, Secret, UserId, secret
from sparkle_core.domain.kernel.stored import eq
from sparkle_core.ports.security import Cipher, KeyedHash, OneTimePasswords, PasswordHasher, Place, QrCodes, RateLimiter
from sparkle_core.ports.store import Transaction


@frozen(kw_only=True)
class TwoFactorSetup(Record):
    """What an authenticator app needs, told once: the secret in base32, the same as an address and as a picture (SVG).

    `backup_codes`: ten, each of which stands in once for who has lost the app.
    """

    secret: str = field(repr=False)
    uri: str = field(repr=False)
    picture: str = field(repr=False)
    backup_codes: tuple[str, ...] = field(repr=False)


@frozen(kw_only=True)
class BackupCodes(Record):
    """New backup codes, told once."""

    codes: tuple[str, ...] = field(repr=False)


@frozen(kw_only=True)
class TwoFactorStatus(Record):
    """Whether it is on, and how many backup codes are left; `few` says that it is time for new ones."""

    on: bool
    backup_codes_left: int
    few: bool


@frozen(kw_only=True)
class SetUpTwoFactor(Command[TwoFactorSetup]):
    """Begin with a second factor: it is on once `EnableTwoFactor` has told a code of the app, within ten minutes.

    Beginning again replaces what was begun. Raises `StepUpRequired`, `TwoFactorAlreadyEnabled`.
    """


@frozen(kw_only=True)
class EnableTwoFactor(Command[None]):
    """Tell a code of the app: from now on signing in asks for one. Raises `CodeRejected`, `TwoFactorAlreadyEnabled`."""

    code: Secret[str] = field(converter=secret)


@frozen(kw_only=True)
class MakeBackupCodes(Command[BackupCodes]):
    """Ten new backup codes; those from before work no more.

    Raises `StepUpRequired`, and `NotFound` without a second factor.
    """


@frozen(kw_only=True)
class DisableTwoFactor(Command[None]):
    """Sign in without a second factor from now on. Takes the password and a code of the app or a backup code.

    Raises `InvalidCredentials` for a wrong password and too many tries, `CodeRejected` for a wrong code, `NotFound`.
    """

    password: Secret[str] = field(converter=secret)
    code: Secret[str] = field(converter=secret)


@frozen(kw_only=True)
class MyTwoFactor(Query[TwoFactorStatus]):
    """Whether one's own second factor is on."""


@frozen(kw_only=True)
class AnswerChallenge(Command[LoggedIn]):
    """Finish signing in: the challenge that the right password gave, and a code of the app or a backup code.

    Raises `CodeRejected` for a wrong or used code, alike when there were too many tries for this person, and
    `ChallengeRejected` when it has to begin anew: after 5 minutes, 5 tries, or when it was finished.
    """

    challenge: Secret[str] = field(converter=secret)
    code: Secret[str] = field(converter=secret)


@frozen
class Made:
    """A secret and backup codes for a person who has none, and the codes' slow hashes."""

    secret: bytes
    codes: tuple[str, ...]
    hashes: tuple[str, ...]


@frozen
class Told:
    """What a code turned out to be: one of a time step, or a backup code; neither when it is wrong."""

    step: int | None = None
    backup: UUID | None = None


@frozen
class Answer:
    """What came of checking an answer, and the token of the session it may make."""

    told: Told
    token: str


async def make_secret(cmd: SetUpTwoFactor, prep: Preparation, *, hasher: PasswordHasher) -> Made:
    codes, hashed = await _made_codes(prep, hasher)
    drawn = prep.moment.token(20)
    return Made(base64.urlsafe_b64decode(drawn + "=" * (-len(drawn) % 4)), codes, hashed)


async def _made_codes(prep: Preparation, hasher: PasswordHasher) -> tuple[tuple[str, ...], tuple[str, ...]]:
    below = prep.moment.below
    codes = tuple(backup_code([below(len(BACKUP_ALPHABET)) for _ in range(10)]) for _ in range(SO_MANY))
    return codes, tuple([await hasher.hash(code) for code in codes])


async def set_up_two_factor(
    cmd: SetUpTwoFactor,
    work: Work,
    made: Made,
    *,
    cipher: Cipher,
    otps: OneTimePasswords,
    qr_codes: QrCodes,
    security: SecurityRules,
) -> TwoFactorSetup:
    person = found(await work.store.get(PEOPLE, work.user_id), "person")
    before = await work.store.get(SECOND_FACTORS, person.id)
    if before is not None and before.on:
        raise TwoFactorAlreadyEnabled
    pending = SecondFactor(
        id=person.id,
        version=before.version if before else 0,
        secret=cipher.seal(_place(person.id), made.secret),
        created_at=work.now,
        expires_at=work.now + security.setup_time,
    )
    work.save(SECOND_FACTORS, pending)
    await _replace_codes(work, person.id, made.hashes)
    uri = otps.uri(made.secret, person.email, security.issuer)
    told = base64.b32encode(made.secret).decode()
    return TwoFactorSetup(secret=told, uri=uri, picture=qr_codes.picture(uri), backup_codes=made.codes)


def _place(user_id: UserId) -> Place:
    return Place(SECOND_FACTORS.name, "secret", user_id)


async def _replace_codes(work: Work, user_id: UserId, hashes: tuple[str, ...]) -> None:
    await work.store.expire(BACKUP_CODES, "created_at", FOREVER, eq("user_id", user_id))
    for code_hash in hashes:
        row = BackupCode(id=work.new_id(), user_id=user_id, created_at=work.now, code_hash=code_hash)
        work.save(BACKUP_CODES, row)


async def allow_enabling(
    cmd: EnableTwoFactor, prep: Preparation, *, limiter: RateLimiter, security: SecurityRules
) -> bool:
    """Count the try; whether it is one too many."""
    return await _reserve(limiter, prep, prep.actor.user_id, security)


async def enable_two_factor(
    cmd: EnableTwoFactor, work: Work, allowed: bool, *, cipher: Cipher, otps: OneTimePasswords
) -> None:
    factor = await work.store.get(SECOND_FACTORS, work.user_id)
    if factor is not None and factor.on:
        raise TwoFactorAlreadyEnabled
    if factor is None or work.now >= factor.expires_at or not allowed:
        raise CodeRejected
    step = otps.step(cipher.open(_place(work.user_id), factor.secret), _digits(cmd.code), step_at(work.now))
    if step is None:
        raise CodeRejected
    work.save(SECOND_FACTORS, factor.confirmed(work.now, step))
    work.note(work.user_id, {"second_factor": "off"}, {"second_factor": "on"})


def _digits(code: Secret[str]) -> str:
    return "".join(code.reveal().split())


async def make_codes(cmd: MakeBackupCodes, prep: Preparation, *, hasher: PasswordHasher) -> Made:
    return Made(b"", *await _made_codes(prep, hasher))


async def make_backup_codes(cmd: MakeBackupCodes, work: Work, made: Made) -> BackupCodes:
    factor = await work.store.get(SECOND_FACTORS, work.user_id)
    if factor is None or not factor.on:
        raise NotFound("second factor")
    await _replace_codes(work, work.user_id, made.hashes)
    work.note(work.user_id)
    return BackupCodes(codes=made.codes)


async def my_two_factor(query: MyTwoFactor, work: Work) -> TwoFactorStatus:
    factor = await work.store.get(SECOND_FACTORS, work.user_id)
    if factor is None or not factor.on:
        return TwoFactorStatus(on=False, backup_codes_left=0, few=False)
    left = await _left(work, work.user_id)
    return TwoFactorStatus(on=True, backup_codes_left=left, few=left <= FEW_LEFT)


async def _left(work: Work, user_id: UserId) -> int:
    codes = await work.store.find(BACKUP_CODES, eq("user_id", user_id))
    return sum(code.used_at is None for code in codes)


async def _reserve(limiter: RateLimiter, prep: Preparation, user_id: UserId | None, security: SecurityRules) -> bool:
    verdict = await limiter.take(f"factor:{user_id}", security.factors_per_account, prep.now)
    return verdict.allowed


async def _told(
    prep: Preparation,
    user_id: UserId,
    code: Secret[str],
    *,
    cipher: Cipher,
    otps: OneTimePasswords,
    hasher: PasswordHasher,
) -> Told:
    """What a code is, of a person whose second factor is on; one that was used is wrong.

    So what gives tries back is a code that is used by it: one that was seen when it was used gives none, however often
    it is sent again.
    """

    async def kept(tx: Transaction) -> tuple[SecondFactor | None, list[BackupCode]]:
        codes = await tx.records.find(BACKUP_CODES, eq("user_id", user_id))
        return await tx.records.get(SECOND_FACTORS, user_id), codes

    factor, codes = await prep.store.read(kept)
    if factor is None or not factor.on:
        return Told()
    typed = typed_backup_code(code.reveal())
    if typed is None:
        step = otps.step(cipher.open(_place(user_id), factor.secret), _digits(code), step_at(prep.now))
        return Told(step=step) if factor.accepts(step) else Told()
    for one in codes:
        if one.used_at is None and await hasher.verify(one.code_hash, typed):
            return Told(backup=one.id)
    return Told()


async def _use(work: Work, user_id: UserId, told: Told) -> bool:
    """Use a code up; False for a wrong one, or one that somebody was faster with."""
    if told.backup is not None:
        code = await work.store.get(BACKUP_CODES, told.backup)
        if code is None or code.used_at is not None:
            return False
        work.save(BACKUP_CODES, code.used(work.now, left=await _left(work, user_id) - 1))
        return True
    factor = await work.store.get(SECOND_FACTORS, user_id)
    if factor is None or not factor.on or told.step is None or not factor.accepts(told.step):
        return False
    work.save(SECOND_FACTORS, factor.accepted(told.step))
    return True


async def check_answer(
    cmd: AnswerChallenge,
    prep: Preparation,
    *,
    hashes: KeyedHash,
    cipher: Cipher,
    otps: OneTimePasswords,
    hasher: PasswordHasher,
    limiter: RateLimiter,
    security: SecurityRules,
) -> Answer:
    """Reserve a try of the person's, then see what the code is. Raises `ChallengeRejected`."""
    token_hash = challenge_hash(hashes, cmd.challenge.reveal())

    async def whose(tx: Transaction) -> UserId | None:
        challenge = await tx.records.one(LOGIN_CHALLENGES, eq("token_hash", token_hash))
        return challenge.user_id if challenge is not None and challenge.used_at is None else None

    user_id = await prep.store.read(whose, one_statement=True)
    if user_id is None:
        raise ChallengeRejected
    told = Told()
    if await _reserve(limiter, prep, user_id, security):
        told = await _told(prep, user_id, cmd.code, cipher=cipher, otps=otps, hasher=hasher)
    if told != Told():
        await limiter.clear(f"factor:{user_id}")
    return Answer(told, new_token(prep.moment))


async def answer_challenge(
    cmd: AnswerChallenge, work: Work, answer: Answer, *, hashes: KeyedHash, security: SecurityRules
) -> LoggedIn | Refused:
    token_hash = challenge_hash(hashes, cmd.challenge.reveal())
    challenge = await work.store.one(LOGIN_CHALLENGES, eq("token_hash", token_hash))
    person = await work.store.get(PEOPLE, challenge.user_id) if challenge else None
    if (
        challenge is None
        or person is None
        or not challenge.open_at(work.now, security.code_tries, person.session_epoch)
    ):
        raise ChallengeRejected
    if not await _use(work, person.id, answer.told):
        remember_login(work, person, LoginResult.WRONG_CODE, device_id=challenge.device_id)
        work.save(LOGIN_CHALLENGES, challenge.tried())
        return Refused(CodeRejected())
    work.save(LOGIN_CHALLENGES, challenge.used(work.now))
    asked = Asked(challenge.remember, challenge.device_label, challenge.device_id)
    return await start_session(work, person, answer.token, asked, hashes=hashes, security=security)


async def check_disabling(
    cmd: DisableTwoFactor,
    prep: Preparation,
    *,
    cipher: Cipher,
    otps: OneTimePasswords,
    hasher: PasswordHasher,
    limiter: RateLimiter,
    security: SecurityRules,
) -> Told:
    """Reserve a try, then verify the password, then see what the code is. Raises `InvalidCredentials`."""
    user_id = prep.actor.user_id
    if user_id is None:
        raise NotFound("person behind this call")
    allowed = await _reserve(limiter, prep, user_id, security)

    async def hash_of(tx: Transaction) -> str | None:
        person = await tx.records.get(PEOPLE, user_id)
        return person.password_hash if person else None

    stored = await prep.store.read(hash_of, one_statement=True) if allowed else None
    if not await hasher.verify(stored, normalised_password(cmd.password.reveal())):
        raise InvalidCredentials
    return await _told(prep, user_id, cmd.code, cipher=cipher, otps=otps, hasher=hasher)


async def disable_two_factor(cmd: DisableTwoFactor, work: Work, told: Told) -> None:
    factor = await work.store.get(SECOND_FACTORS, work.user_id)
    if factor is None or not factor.on:
        raise NotFound("second factor")
    if not await _use(work, work.user_id, told):
        raise CodeRejected
    await work.store.flush()
    await work.store.erase(SECOND_FACTORS, [work.user_id])
    await work.store.expire(BACKUP_CODES, "created_at", FOREVER, eq("user_id", work.user_id))
    work.record(TwoFactorDisabled(user_id=work.user_id))
    work.note(work.user_id, {"second_factor": "on"}, {"second_factor": "off"})

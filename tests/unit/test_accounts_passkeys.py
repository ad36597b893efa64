"""Passkeys. Each test of a protection says which attack it stops."""

import json
from base64 import b32decode
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve
from tests.support.clock import later
from tests.support.people import BORN, PASSWORD, Somebody, being_erased, member, newcomer, proved

from sparkle_adapters.memory.security import PlainOneTimePasswords
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import (
    AddPasskey,
    AnswerChallenge,
    Authenticate,
    BeginPasskey,
    BeginPasskeyProof,
    BeginPasskeySignIn,
    ChangePassword,
    EnableTwoFactor,
    JoinWithProvider,
    LoggedIn,
    LogIn,
    MyAlerts,
    MyWaysIn,
    ProveWithPasskey,
    RemovePasskey,
    RenamePasskey,
    SetUpTwoFactor,
    SignInWithPasskey,
    SignInWithProvider,
    UnlinkProvider,
    VisitProvider,
)
from sparkle_core.application.accounts.passkeys import Shown, challenge_of, sign_in_with_passkey
from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.outbox import OUTBOX
from sparkle_core.application.kernel.work import Work
from sparkle_core.application.upkeep import TidyUp
from sparkle_core.domain.accounts import LOGINS, PASSKEY_CEREMONIES, PASSKEYS, SYSTEM, Actor
from sparkle_core.domain.accounts.errors import (
    InvalidCredentials,
    LastWayIn,
    PasskeyRejected,
    SecondFactorRequired,
    SignUpRequired,
)
from sparkle_core.domain.accounts.factors import step_at
from sparkle_core.domain.accounts.passkeys import Assertion
from sparkle_core.domain.kernel.errors import Limited, NotFound, NotWhile, StepUpRequired, Taken, Unauthenticated
from sparkle_core.domain.kernel.stored import eq
from sparkle_core.ports.security import KeyedHash
from sparkle_core.ports.store import Transaction
from sparkle_core.testing.authenticating import MadeUpAuthenticator
from sparkle_core.testing.visiting import came_back


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=41)


@pytest.fixture
def phone() -> MadeUpAuthenticator:
    return MadeUpAuthenticator("ada's phone")


def adds(sparkle: Sparkle, actor: Actor, authenticator: MadeUpAuthenticator, name: str = "phone", **wrong: Any) -> UUID:
    actor = proved(sparkle, actor)
    begun = sparkle.run(BeginPasskey(), actor=actor)
    made = authenticator.create(begun.options, **wrong)
    return sparkle.run(AddPasskey(ceremony=begun.ceremony, credential=made, name=name), actor=actor).id


def answer(sparkle: Sparkle, authenticator: MadeUpAuthenticator, **wrong: Any) -> SignInWithPasskey:
    begun = sparkle.run(BeginPasskeySignIn())
    return SignInWithPasskey(ceremony=begun.ceremony, credential=authenticator.get(begun.options, **wrong))


def signs_in(sparkle: Sparkle, authenticator: MadeUpAuthenticator, **wrong: Any) -> LoggedIn:
    return sparkle.run(answer(sparkle, authenticator, **wrong))


def proof(sparkle: Sparkle, actor: Actor, authenticator: MadeUpAuthenticator, **wrong: Any) -> ProveWithPasskey:
    begun = sparkle.run(BeginPasskeyProof(), actor=actor)
    return ProveWithPasskey(ceremony=begun.ceremony, credential=authenticator.get(begun.options, **wrong))


def names(sparkle: Sparkle, actor: Actor) -> list[str]:
    return [passkey.name for passkey in sparkle.run(MyWaysIn(), actor=actor).passkeys]


def letters(sparkle: Sparkle) -> list[str]:
    return [letter.kind for letter in sparkle.mailbox.letters if letter.kind.startswith("passkey_")]


def history(sparkle: Sparkle, somebody: Somebody) -> list[str]:
    async def read(tx: Transaction) -> list[str]:
        return [line.result.value for line in await tx.records.page(LOGINS, eq("user_id", somebody.id))]

    return sparkle.run_coroutine(sparkle.store.read(read))


# adding and signing in


def test_a_passkey_signs_in_as_a_password_does(sparkle: Sparkle, ada: Somebody, phone: MadeUpAuthenticator) -> None:
    adds(sparkle, ada.actor, phone)
    session = signs_in(sparkle, phone)
    assert session.actor.user_id == ada.id
    assert sparkle.run(Authenticate(token=session.token)) == session.actor
    assert history(sparkle, ada) == ["succeeded"]
    (passkey,) = sparkle.run(MyWaysIn(), actor=ada.actor).passkeys
    assert (passkey.name, passkey.last_used_at) == ("phone", session.actor.proved_at)


def test_adding_takes_a_fresh_proof_and_a_proved_address_and_is_told_by_mail(
    sparkle: Sparkle, ada: Somebody, phone: MadeUpAuthenticator
) -> None:
    """Stops whoever sits at an open browser from coming back with a key of their own."""
    old = proved(sparkle, ada.actor)
    begun = sparkle.run(BeginPasskey(), actor=old)
    made = AddPasskey(ceremony=begun.ceremony, credential=phone.create(begun.options), name="phone")
    later(sparkle, minutes=6)
    late: list[Command[Any]] = [BeginPasskey(), made]
    for refused in late:
        with pytest.raises(StepUpRequired):
            sparkle.run(refused, actor=old)
    eve = newcomer(sparkle, "eve")
    with pytest.raises(NotWhile):
        sparkle.run(BeginPasskey(), actor=proved(sparkle, eve.actor))
    adds(sparkle, ada.actor, phone)
    assert letters(sparkle) == ["passkey_added"]
    assert sparkle.mailbox.latest(ada.email).data == {"username": "ada"}


def test_beginning_to_sign_in_is_the_same_for_anybody(
    sparkle: Sparkle, ada: Somebody, phone: MadeUpAuthenticator
) -> None:
    """Stops asking who has an account, and who has a passkey: nobody is named, and nothing is listed."""
    before = sparkle.run(BeginPasskeySignIn())
    credential = MadeUpAuthenticator("nobody's")
    credential.create('{"challenge": "", "user": {"id": ""}}')
    adds(sparkle, ada.actor, phone)
    after = sparkle.run(BeginPasskeySignIn())
    assert len(before.options) == len(after.options)
    assert phone.held[0].id not in after.options
    with pytest.raises(PasskeyRejected):
        signs_in(sparkle, credential)


def test_an_unverified_user_is_asked_for_the_second_factor_and_a_verified_one_has_shown_both(
    sparkle: Sparkle, ada: Somebody, phone: MadeUpAuthenticator
) -> None:
    """Stops a found key, which anybody can touch, from being enough; a PIN or a finger is the second factor."""
    adds(sparkle, ada.actor, phone)
    setup = sparkle.run(SetUpTwoFactor(), actor=proved(sparkle, ada.actor))

    def code() -> str:
        return PlainOneTimePasswords().code(b32decode(setup.secret), step_at(sparkle.world.moment().now))

    sparkle.run(EnableTwoFactor(code=code()), actor=ada.actor)
    later(sparkle, seconds=30)
    assert signs_in(sparkle, phone).actor.user_id == ada.id
    with pytest.raises(SecondFactorRequired) as asked:
        signs_in(sparkle, phone, user_verified=False)
    assert sparkle.run(AnswerChallenge(challenge=asked.value.challenge, code=code())).actor.user_id == ada.id


@pytest.mark.parametrize(
    "wrong",
    [
        {"challenge": b"d" * 32},
        {"origin": "https://evil.example"},
        {"rp_id": "evil.example"},
        {"present": False},
        {"stranger": True},
        {"handle": b"another person's"},
    ],
    ids=str,
)
def test_an_answer_that_is_not_right_signs_nobody_in(
    sparkle: Sparkle, ada: Somebody, phone: MadeUpAuthenticator, wrong: dict[str, Any]
) -> None:
    adds(sparkle, ada.actor, phone)
    with pytest.raises(PasskeyRejected):
        signs_in(sparkle, phone, **wrong)
    assert history(sparkle, ada) == []


def test_a_challenge_is_answered_once(sparkle: Sparkle, ada: Somebody, phone: MadeUpAuthenticator) -> None:
    """Stops an answer that was read on its way from being used again: also where no counter would show it."""
    adds(sparkle, ada.actor, phone, counter=0)
    used = answer(sparkle, phone, counter=0)
    sparkle.run(used)
    with pytest.raises(PasskeyRejected):
        sparkle.run(used)
    begun = sparkle.run(BeginPasskeySignIn())
    with pytest.raises(PasskeyRejected):
        sparkle.run(evolve(used, ceremony=begun.ceremony))


def test_a_challenge_is_answered_within_five_minutes(
    sparkle: Sparkle, ada: Somebody, phone: MadeUpAuthenticator
) -> None:
    adds(sparkle, ada.actor, phone)
    kept = answer(sparkle, phone)
    later(sparkle, minutes=5)
    with pytest.raises(PasskeyRejected):
        sparkle.run(kept)


def test_a_challenge_that_nobody_gave_out_is_refused(
    sparkle: Sparkle, ada: Somebody, phone: MadeUpAuthenticator
) -> None:
    """Stops an id that somebody made up, whose challenge would follow from it all the same."""
    adds(sparkle, ada.actor, phone)
    use = sparkle.dispatcher.table[SignInWithPasskey]
    hashes: KeyedHash = use.handler.keywords["hashes"]  # type: ignore[attr-defined]
    made_up = UUID(int=7)
    begun = sparkle.run(BeginPasskeySignIn())
    credential = phone.get(begun.options, challenge=challenge_of(hashes, made_up))
    with pytest.raises(PasskeyRejected):
        sparkle.run(SignInWithPasskey(ceremony=made_up, credential=credential))


def test_a_challenge_is_good_for_what_it_was_given_out_for(
    sparkle: Sparkle, ada: Somebody, phone: MadeUpAuthenticator
) -> None:
    """Stops an answer that was got for one thing from being used for another."""
    adds(sparkle, ada.actor, phone)
    session = signs_in(sparkle, phone)
    to_sign_in = answer(sparkle, phone)
    with pytest.raises(PasskeyRejected):
        sparkle.run(
            ProveWithPasskey(ceremony=to_sign_in.ceremony, credential=to_sign_in.credential), actor=session.actor
        )
    to_prove = proof(sparkle, session.actor, phone)
    with pytest.raises(PasskeyRejected):
        sparkle.run(SignInWithPasskey(ceremony=to_prove.ceremony, credential=to_prove.credential))


def test_a_passkey_that_somebody_began_is_added_to_no_other_account(
    sparkle: Sparkle, ada: Somebody, phone: MadeUpAuthenticator
) -> None:
    """Stops an attacker's key from being added to whoever can be made to send their answer."""
    eve = member(sparkle, "eve")
    begun = sparkle.run(BeginPasskey(), actor=proved(sparkle, eve.actor))
    theirs = AddPasskey(ceremony=begun.ceremony, credential=phone.create(begun.options), name="phone")
    with pytest.raises(PasskeyRejected):
        sparkle.run(theirs, actor=proved(sparkle, ada.actor))
    assert names(sparkle, ada.actor) == []


def test_a_counter_that_goes_back_is_refused_and_told(
    sparkle: Sparkle, ada: Somebody, phone: MadeUpAuthenticator
) -> None:
    """Stops a copy of a key, once it or its original was used (WebAuthn, 6.1.1)."""
    passkey = adds(sparkle, ada.actor, phone)
    signs_in(sparkle, phone, counter=9)
    for counter in (9, 3):
        with pytest.raises(PasskeyRejected):
            signs_in(sparkle, phone, counter=counter)
    assert history(sparkle, ada) == ["wrong", "wrong", "succeeded"]

    async def read(tx: Transaction) -> list[str]:
        topic = "accounts.passkey_clone_suspected"
        return [m.payload for m in await tx.records.find(OUTBOX, eq("topic", topic))]

    alerts = sparkle.run(MyAlerts(), actor=ada.actor).items
    assert [alert.type.value for alert in alerts].count("PASSKEY_CLONE_SUSPECTED") == 2
    told = sparkle.run_coroutine(sparkle.store.read(read))
    assert len(told) == 2
    assert all(str(passkey) in payload for payload in told)
    assert signs_in(sparkle, phone, counter=10).actor.user_id == ada.id


def test_an_authenticator_that_does_not_count_is_taken(
    sparkle: Sparkle, ada: Somebody, phone: MadeUpAuthenticator
) -> None:
    """Passkeys that are on several devices say 0 each time."""
    adds(sparkle, ada.actor, phone, counter=0)
    for _ in range(2):
        assert signs_in(sparkle, phone, counter=0).token


# proving who one is


def test_a_passkey_proves_who_one_is(sparkle: Sparkle, ada: Somebody, phone: MadeUpAuthenticator) -> None:
    adds(sparkle, ada.actor, phone)
    session = signs_in(sparkle, phone)
    later(sparkle, minutes=6)
    with pytest.raises(StepUpRequired):
        sparkle.run(ChangePassword(password="An0ther-horse-battery"), actor=session.actor)
    fresh = sparkle.run(proof(sparkle, session.actor, phone), actor=session.actor)
    with pytest.raises(Unauthenticated):
        sparkle.run(Authenticate(token=session.token))
    sparkle.run(ChangePassword(password="An0ther-horse-battery"), actor=fresh.actor)


def test_only_ones_own_passkey_proves_who_one_is(sparkle: Sparkle, ada: Somebody, phone: MadeUpAuthenticator) -> None:
    """Stops whoever sits at an open browser from proving with a key of their own."""
    adds(sparkle, ada.actor, phone)
    session, elsewhere = signs_in(sparkle, phone), signs_in(sparkle, phone)
    eve, key = member(sparkle, "eve"), MadeUpAuthenticator("eve's key")
    adds(sparkle, eve.actor, key)
    begun = sparkle.run(BeginPasskeyProof(), actor=session.actor)
    with pytest.raises(LookupError):
        key.get(begun.options)  # which is not among those that are asked for
    forced = key.get(begun.options.replace(phone.held[0].id, key.held[0].id))
    with pytest.raises(PasskeyRejected):
        sparkle.run(ProveWithPasskey(ceremony=begun.ceremony, credential=forced), actor=session.actor)
    another = proof(sparkle, session.actor, phone)
    with pytest.raises(PasskeyRejected):
        sparkle.run(another, actor=elsewhere.actor)
    back = proof(sparkle, session.actor, phone, counter=1)
    with pytest.raises(PasskeyRejected):
        sparkle.run(back, actor=session.actor)


def test_who_has_none_proves_nothing_with_one(sparkle: Sparkle, ada: Somebody) -> None:
    session = sparkle.run(LogIn(email=ada.email, password=PASSWORD))
    with pytest.raises(NotFound):
        sparkle.run(BeginPasskeyProof(), actor=session.actor)


# looking after them


def test_they_are_listed_renamed_and_removed_by_their_owner_alone(
    sparkle: Sparkle, ada: Somebody, phone: MadeUpAuthenticator
) -> None:
    passkey, eve = adds(sparkle, ada.actor, phone), member(sparkle, "eve")
    sparkle.run(RenamePasskey(passkey_id=passkey, name="blue phone"), actor=ada.actor)
    assert names(sparkle, ada.actor) == ["blue phone"]
    others: list[Command[None]] = [RenamePasskey(passkey_id=passkey, name="mine"), RemovePasskey(passkey_id=passkey)]
    for command in others:
        with pytest.raises(NotFound):
            sparkle.run(command, actor=proved(sparkle, eve.actor))
    later(sparkle, minutes=6)
    with pytest.raises(StepUpRequired):
        sparkle.run(RemovePasskey(passkey_id=passkey), actor=ada.actor)
    sparkle.run(RemovePasskey(passkey_id=passkey), actor=proved(sparkle, ada.actor))
    assert names(sparkle, ada.actor) == []
    assert letters(sparkle) == ["passkey_added", "passkey_removed"]
    with pytest.raises(PasskeyRejected):
        signs_in(sparkle, phone)
    with pytest.raises(NotFound):
        sparkle.run(RemovePasskey(passkey_id=passkey), actor=proved(sparkle, ada.actor))


def test_the_last_way_in_stays(sparkle: Sparkle, phone: MadeUpAuthenticator) -> None:
    """Stops people from locking themselves out: a provider and a passkey stand in for each other."""
    with pytest.raises(SignUpRequired) as asked:
        sparkle.run(SignInWithProvider(**came_back(sparkle.run(VisitProvider(provider="google")))))
    bea = sparkle.run(JoinWithProvider(sign_up=asked.value.sign_up, agree_to_terms=True, birth_date=BORN)).actor
    passkey = adds(sparkle, bea, phone)
    sparkle.run(UnlinkProvider(provider="google"), actor=proved(sparkle, bea))
    with pytest.raises(LastWayIn):
        sparkle.run(RemovePasskey(passkey_id=passkey), actor=proved(sparkle, bea))
    adds(sparkle, bea, MadeUpAuthenticator("a key"), "key")
    sparkle.run(RemovePasskey(passkey_id=passkey), actor=proved(sparkle, bea))
    assert names(sparkle, bea) == ["key"]


def test_a_credential_is_added_once_and_twenty_are_enough(
    sparkle: Sparkle, ada: Somebody, phone: MadeUpAuthenticator
) -> None:
    """Stops one key from opening two accounts, so that nobody knows which."""
    adds(sparkle, ada.actor, phone)
    eve = proved(sparkle, member(sparkle, "eve").actor)
    begun = sparkle.run(BeginPasskey(), actor=eve)
    same = MadeUpAuthenticator("ada's phone").create(begun.options)
    with pytest.raises(Taken):
        sparkle.run(AddPasskey(ceremony=begun.ceremony, credential=same, name="phone"), actor=eve)
    waiting = sparkle.run(BeginPasskey(), actor=proved(sparkle, ada.actor))
    for n in range(19):
        adds(sparkle, ada.actor, phone, f"phone {n}")
    with pytest.raises(Limited):
        sparkle.run(BeginPasskey(), actor=proved(sparkle, ada.actor))
    last = AddPasskey(ceremony=waiting.ceremony, credential=phone.create(waiting.options), name="one more")
    with pytest.raises(Limited):
        sparkle.run(last, actor=proved(sparkle, ada.actor))


def test_whoever_left_is_not_signed_in(sparkle: Sparkle, ada: Somebody, phone: MadeUpAuthenticator) -> None:
    adds(sparkle, ada.actor, phone)
    being_erased(sparkle, ada.id)
    with pytest.raises(InvalidCredentials):
        signs_in(sparkle, phone)


def test_a_passkey_that_is_taken_away_while_it_is_looked_at_signs_nobody_in(
    sparkle: Sparkle, ada: Somebody, phone: MadeUpAuthenticator
) -> None:
    """What the check before the transaction found is looked at again in it."""
    gone = Shown(UUID(int=7), Assertion(counter=1, user_verified=True, user_handle=None), "sess_none")
    given = sparkle.dispatcher.table[SignInWithPasskey].handler.keywords  # type: ignore[attr-defined]
    command = SignInWithPasskey(ceremony=UUID(int=8), credential="{}")

    async def body(tx: Transaction) -> Any:
        work = Work(tx.records, tx.ledger, sparkle.world.moment(), ada.actor, None, None, None)
        return await sign_in_with_passkey(command, work, gone, **given)

    with pytest.raises(PasskeyRejected):
        sparkle.run_coroutine(sparkle.store.transact(body))


def test_no_challenge_can_be_read_in_a_dump_and_all_are_tidied_up(
    sparkle: Sparkle, ada: Somebody, phone: MadeUpAuthenticator
) -> None:
    adds(sparkle, ada.actor, phone)
    begun = sparkle.run(BeginPasskeySignIn())

    async def kept(tx: Transaction) -> str:
        return repr((await tx.records.find(PASSKEY_CEREMONIES), await tx.records.find(PASSKEYS)))

    dump = sparkle.run_coroutine(sparkle.store.read(kept))
    assert json.loads(begun.options)["challenge"] not in dump
    assert phone.held[0].secret not in dump
    later(sparkle, days=2)
    sparkle.run(TidyUp(), actor=SYSTEM)
    assert sparkle.run_coroutine(sparkle.store.read(kept)).startswith("([],")

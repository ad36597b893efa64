"""The state machine of security: ways back in, other passwords and addresses, second factors, sessions."""

from base64 import b32decode
from datetime import date, timedelta
from uuid import UUID

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.stateful import rule

from sparkle_core.application.accounts import (
    AddPasskey,
    AnswerChallenge,
    Authenticate,
    BeginPasskey,
    BeginPasskeyProof,
    BeginPasskeySignIn,
    ChangeEmail,
    ChangePassword,
    ConfirmEmail,
    DisableTwoFactor,
    EnableTwoFactor,
    JoinWithProvider,
    JudgePassword,
    LinkProvider,
    LogIn,
    MakeBackupCodes,
    MyAlerts,
    MyCsrfToken,
    MyLogins,
    MyProfile,
    MySessions,
    MyTwoFactor,
    MyWaysIn,
    PersonNamed,
    ProveIdentity,
    ProveWithPasskey,
    ProveWithProvider,
    RemovePasskey,
    RenamePasskey,
    RequestPasswordReset,
    ResetPassword,
    RevokeOtherSessions,
    RevokeSession,
    RevokeSessions,
    SessionsOf,
    SetUpTwoFactor,
    SignInProviders,
    SignInWithPasskey,
    SignInWithProvider,
    SuspectSession,
    UnlinkProvider,
    VisitProvider,
    VisitProviderToLink,
    VisitProviderToProve,
)
from sparkle_core.domain.accounts.factors import one_time_code, step_at
from sparkle_core.domain.kernel.actors import Actor, Origin
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.testing.authenticating import MadeUpAuthenticator
from sparkle_core.testing.stories.known import Somebody
from sparkle_core.testing.stories.story import NOWHERE, PASSWORD, Story, origins, picks
from sparkle_core.testing.stories.telling import Told
from sparkle_core.testing.visiting import came_back

passwords = st.sampled_from((PASSWORD, PASSWORD, "Another-g00d-one", "short"))
addresses = st.sampled_from(("ada@example.org", "eve@example.org", "new@example.org", "NEW@example.org", "nobody"))
providers = st.sampled_from(("google", "google", "github", "myspace"))
subjects = st.sampled_from(("42", "43", "44"))
shown = st.sampled_from(("app", "app", "the step after", "the step before", "backup", "000000"))


class SecurityStory(Story):
    """People forget passwords, change what they sign in with, add a second factor, and end sessions."""

    def goes_on(self) -> None:
        """Ada has a second factor, and a challenge that waits for it."""
        super().goes_on()
        self._set_up(self.actor(0))
        ada = self.person(0)
        self.say(EnableTwoFactor(code=self._code(ada.id, "app")), actor=self.actor(0))
        self._signs_in(ada.id, ada.email, PASSWORD, None)

    @rule(who=picks, password=passwords, origin=origins)
    def signs_in(self, who: int, password: str, origin: Origin | None) -> None:
        somebody = self.person(who)
        self._signs_in(somebody.id, somebody.email, password, origin)

    def _signs_in(self, user_id: UserId, email: str, password: str, origin: Origin | None) -> None:
        device = self.known.devices.get(user_id) if origin is None else None
        command = LogIn(email=email, password=password, remember=len(email) % 2 == 0, device_token=device)
        told = self.say(command, origin=origin)
        if told.ok:
            self.known.tokens.append((told.answer.token, told.answer.actor))
            self.known.devices[user_id] = told.answer.device_token
        elif told.refusal is not None and told.refusal.code == "second_factor_required":
            self.known.challenges.append((user_id, told.refusal.facts["challenge"]))

    @rule(who=picks, password=passwords, origin=origins)
    def asks_how_good_a_password_is(self, who: int, password: str, origin: Origin | None) -> None:
        """One that is said to be fine may be chosen."""
        told = self.say(JudgePassword(password=password), actor=self.actor(who), origin=origin)
        assert not told.ok or told.answer.valid == (not told.answer.faults)

    @rule(email=addresses, origin=origins)
    def forgets_the_password(self, email: str, origin: Origin | None) -> None:
        self.say(RequestPasswordReset(email=email), origin=origin)

    @rule(which=picks, password=passwords, origin=origins)
    def chooses_a_new_one(self, which: int, password: str, origin: Origin | None) -> None:
        """A token works once: the story may have used it already."""
        tokens = [letter.data["token"] for letter in self.told.letters if letter.kind == "reset_password"]
        token = self.one_of(tokens, which) or "reset_nothing"
        command = ResetPassword(token=token, password=password)
        if self.say(command, origin=origin).ok:
            assert not self.say(command, origin=origin).ok

    @rule(who=picks, minutes=st.sampled_from((0, 0, 10)), password=passwords)
    def changes_the_password(self, who: int, minutes: int, password: str) -> None:
        self.say(ChangePassword(password=password), actor=self._proved_before(who, minutes))

    @rule(who=picks, minutes=st.sampled_from((0, 0, 10)), email=addresses)
    def wants_another_address(self, who: int, minutes: int, email: str) -> None:
        self.say(ChangeEmail(email=email), actor=self._proved_before(who, minutes))

    def _proved_before(self, who: int, minutes: int) -> Actor:
        actor = self.actor(who)
        if actor.proved_at is None:
            return actor
        return evolve(actor, proved_at=actor.proved_at - timedelta(minutes=minutes))

    @rule(who=picks, right=st.booleans())
    def confirms_the_address(self, who: int, right: bool) -> None:
        codes = [letter.code for letter in self.told.letters if letter.kind == "confirm_email"]
        self.say(ConfirmEmail(code=codes[-1] if right and codes else "000000"), actor=self.actor(who))

    @rule(which=picks, other=picks)
    def shows_that_a_call_is_meant(self, which: int, other: int) -> None:
        """By the token of the cookie's own session, and by no other session's."""
        mine, others = self.one_of(self.known.tokens, which), self.one_of(self.known.tokens, other)
        if mine is None or others is None:
            return
        told = self.say(MyCsrfToken(), actor=others[1])
        opened = self.say(Authenticate(token=mine[0], csrf=told.answer.token if told.ok else "csrf_0.0"))
        if opened.ok:
            assert mine[1].session_id == others[1].session_id

    @rule(which=picks, password=passwords)
    def proves_it_again(self, which: int, password: str) -> None:
        """From then on only the new token opens the session."""
        before = self.one_of(self.known.tokens, which)
        if before is None:
            return
        told = self.say(ProveIdentity(password=password), actor=before[1])
        if told.ok:
            assert not self.say(Authenticate(token=before[0])).ok
            self.known.tokens.append((told.answer.token, told.answer.actor))

    @rule(who=picks, minutes=st.sampled_from((0, 0, 10)))
    def sets_up_a_second_factor(self, who: int, minutes: int) -> None:
        self._set_up(self._proved_before(who, minutes))

    def _set_up(self, actor: Actor) -> None:
        told = self.say(SetUpTwoFactor(), actor=actor)
        if told.ok and actor.user_id is not None:
            self.known.apps[actor.user_id] = b32decode(told.answer.secret)
            self._note_codes(actor.user_id, told.answer.backup_codes)

    def _note_codes(self, user_id: UserId, codes: tuple[str, ...]) -> None:
        others = [(owner, code) for owner, code in self.known.backup_codes if owner != user_id]
        self.known.backup_codes = others + [(user_id, code) for code in codes[:3]]

    def _code(self, user_id: UserId | None, what: str) -> str:
        """What somebody types: of their app, now or a step off, one of their backup codes, or a guess."""
        backup = [code for owner, code in self.known.backup_codes if owner == user_id]
        if what == "backup":
            return backup[0].lower() if backup else "AAAAA-BBBBB"
        secret = self.known.apps.get(user_id) if user_id is not None else None
        if secret is None or what == "000000":
            return "000000"
        off = {"the step after": 1, "the step before": -1}.get(what, 0)
        return one_time_code(secret, step_at(self.told.world.now) + off)

    @rule(who=picks, what=shown)
    def turns_it_on(self, who: int, what: str) -> None:
        actor = self.actor(who)
        self.say(EnableTwoFactor(code=self._code(actor.user_id, what)), actor=actor)

    @rule(who=picks)
    def asks_whether_it_is_on(self, who: int) -> None:
        self.say(MyTwoFactor(), actor=self.actor(who))

    @rule(who=picks, minutes=st.sampled_from((0, 0, 10)))
    def makes_new_backup_codes(self, who: int, minutes: int) -> None:
        actor = self._proved_before(who, minutes)
        told = self.say(MakeBackupCodes(), actor=actor)
        if told.ok and actor.user_id is not None:
            self._note_codes(actor.user_id, told.answer.codes)

    @rule(which=picks, what=shown, origin=origins)
    def answers_a_challenge(self, which: int, what: str, origin: Origin | None) -> None:
        """Neither the challenge nor the code works again."""
        found = self.one_of(self.known.challenges, which)
        user_id, challenge = found or (None, "login_nothing")
        command = AnswerChallenge(challenge=challenge, code=self._code(user_id, what))
        told = self.say(command, origin=origin)
        if told.ok:
            self.known.tokens.append((told.answer.token, told.answer.actor))
            assert not self.say(command).ok

    @rule(who=picks, what=shown, password=passwords)
    def does_without_it(self, who: int, what: str, password: str) -> None:
        actor = self.actor(who)
        self.say(DisableTwoFactor(password=password, code=self._code(actor.user_id, what)), actor=actor)

    @rule(provider=providers, sub=subjects, email=addresses, verified=st.booleans(), origin=origins)
    def signs_in_with_a_provider(
        self, provider: str, sub: str, email: str, verified: bool, origin: Origin | None
    ) -> None:
        """Whoever nobody knows joins; a visit is finished once."""
        departure = self.say(VisitProvider(provider=provider, return_to="/home", remember=verified), origin=origin)
        if not departure.ok:
            return
        back = SignInWithProvider(**came_back(departure.answer, sub=sub, email=email, email_verified=verified))
        told = self.say(back, origin=origin)
        if told.ok:
            self.known.tokens.append((told.answer.token, told.answer.actor))
        elif told.refusal is not None and told.refusal.code == "sign_up_required":
            self._joins_with(told.refusal.facts["sign_up"], email)
        assert not self.say(back, origin=origin).ok

    def _joins_with(self, sign_up: str, email: str) -> None:
        """A sign-up works once."""
        command = JoinWithProvider(sign_up=sign_up, agree_to_terms=True, birth_date=date(1990, 2, 28))
        told = self.say(command)
        if told.ok:
            self.known.tokens.append((told.answer.token, told.answer.actor))
            joined = self.say(MyProfile(), actor=told.answer.actor).answer
            self.known.people.append(Somebody(told.answer.actor.user_id, joined.username, joined.email))
            assert not self.say(command).ok

    @rule(who=picks, provider=providers, sub=subjects, email=addresses, minutes=st.sampled_from((0, 0, 10)))
    def links_a_provider(self, who: int, provider: str, sub: str, email: str, minutes: int) -> None:
        actor = self._proved_before(who, minutes)
        departure = self.say(VisitProviderToLink(provider=provider), actor=actor)
        if departure.ok:
            self.say(LinkProvider(**came_back(departure.answer, sub=sub, email=email)), actor=actor)

    @rule(who=picks, provider=providers, minutes=st.sampled_from((0, 0, 10)))
    def unlinks_a_provider(self, who: int, provider: str, minutes: int) -> None:
        """Somebody who still gets in."""
        actor = self._proved_before(who, minutes)
        if self.say(UnlinkProvider(provider=provider), actor=actor).ok:
            ways = self.say(MyWaysIn(), actor=actor).answer
            assert ways.password or ways.providers or ways.passkeys

    @rule(which=picks, provider=providers, sub=subjects)
    def proves_it_with_a_provider(self, which: int, provider: str, sub: str) -> None:
        """From then on only the new token opens the session."""
        self.say(SignInProviders())
        before = self.one_of(self.known.tokens, which)
        if before is None:
            return
        departure = self.say(VisitProviderToProve(provider=provider), actor=before[1])
        if not departure.ok:
            return
        told = self.say(ProveWithProvider(**came_back(departure.answer, sub=sub)), actor=before[1])
        if told.ok:
            assert not self.say(Authenticate(token=before[0])).ok
            self.known.tokens.append((told.answer.token, told.answer.actor))

    def _authenticator(self, pick: int) -> MadeUpAuthenticator:
        """One of two that come up in the story; the second does not verify its user."""
        return self.known.authenticators.setdefault(pick % 2, MadeUpAuthenticator(f"key {pick % 2}", pick % 2 == 0))

    @rule(who=picks, pick=picks, minutes=st.sampled_from((0, 0, 10)))
    def adds_a_passkey(self, who: int, pick: int, minutes: int) -> None:
        """A challenge is answered once."""
        actor, key = self._proved_before(who, minutes), self._authenticator(pick)
        begun = self.say(BeginPasskey(), actor=actor)
        if not begun.ok:
            return
        made = key.create(begun.answer.options)
        command = AddPasskey(ceremony=begun.answer.ceremony, credential=made, name=f"key {pick}")
        if self.say(command, actor=actor).ok:
            assert not self.say(command, actor=actor).ok

    @rule(pick=picks, counter=st.sampled_from((None, None, None, 1)), remember=st.booleans(), origin=origins)
    def signs_in_with_a_passkey(self, pick: int, counter: int | None, remember: bool, origin: Origin | None) -> None:
        begun = self.say(BeginPasskeySignIn(), origin=origin)
        key = self._authenticator(pick)
        if not begun.ok or not key.held:
            return
        signed = key.get(begun.answer.options, **({} if counter is None else {"counter": counter}))
        command = SignInWithPasskey(ceremony=begun.answer.ceremony, credential=signed, remember=remember)
        told = self.say(command, origin=origin)
        if told.ok:
            self.known.tokens.append((told.answer.token, told.answer.actor))
            assert not self.say(command).ok

    @rule(which=picks, pick=picks)
    def proves_it_with_a_passkey(self, which: int, pick: int) -> None:
        """From then on only the new token opens the session."""
        before = self.one_of(self.known.tokens, which)
        begun = self.say(BeginPasskeyProof(), actor=before[1]) if before is not None else None
        key = self._authenticator(pick)
        if before is None or begun is None or not begun.ok or key.held[-1:] == []:
            return
        signed = key.get(begun.answer.options.replace("allowCredentials", "ignored"))
        told = self.say(ProveWithPasskey(ceremony=begun.answer.ceremony, credential=signed), actor=before[1])
        if told.ok:
            assert not self.say(Authenticate(token=before[0])).ok
            self.known.tokens.append((told.answer.token, told.answer.actor))

    @rule(who=picks, which=picks, minutes=st.sampled_from((0, 0, 10)), removes=st.booleans())
    def looks_after_a_passkey(self, who: int, which: int, minutes: int, removes: bool) -> None:
        """Who takes one away still gets in."""
        actor = self._proved_before(who, minutes)
        listed = self.say(MyWaysIn(), actor=actor)
        found = self.one_of(list(listed.answer.passkeys), which) if listed.ok else None
        id = found.id if found is not None else NOWHERE
        self.say(RenamePasskey(passkey_id=id, name="another name"), actor=actor)
        if removes and self.say(RemovePasskey(passkey_id=id), actor=actor).ok:
            ways = self.say(MyWaysIn(), actor=actor).answer
            assert ways.password or ways.providers or ways.passkeys

    @rule(which=picks)
    def uses_another_program(self, which: int) -> None:
        found = self.one_of(self.known.tokens, which)
        if found is not None:
            self.say(SuspectSession(), actor=found[1])

    @rule(which=picks)
    def sees_where_one_is_signed_in(self, which: int) -> None:
        """Among them the one that asks, when that is still one."""
        found = self.one_of(self.known.tokens, which)
        if found is None:
            return
        opens = self.say(Authenticate(token=found[0])).ok
        listed = self.say(MySessions(), actor=found[1])
        assert not (opens and listed.ok) or any(session.current for session in listed.answer)

    @rule(who=picks)
    def sees_who_tried_to_sign_in(self, who: int) -> None:
        self.say(MyLogins(limit=3), actor=self.actor(who))
        self.say(MyAlerts(limit=3), actor=self.actor(who))

    @rule(which=picks, other=picks)
    def ends_a_session(self, which: int, other: int) -> None:
        found, ended = self.one_of(self.known.tokens, which), self.one_of(self.known.tokens, other)
        if found is None:
            return
        id = ended[1].session_id if ended is not None and ended[1].session_id is not None else NOWHERE
        self._ended(self.say(RevokeSession(session_id=id), actor=found[1]), id)

    @rule(which=picks)
    def ends_the_others(self, which: int) -> None:
        found = self.one_of(self.known.tokens, which)
        if found is not None:
            self.say(RevokeOtherSessions(), actor=found[1])

    @rule(who=picks, by=picks, other=picks, all_of_them=st.booleans())
    def an_administrator_ends_sessions(self, who: int, by: int, other: int, all_of_them: bool) -> None:
        person, ended = self.person(who), self.one_of(self.known.tokens, other)
        id = ended[1].session_id if ended is not None and not all_of_them else None
        self._ended(self.say(RevokeSessions(user_id=person.id, session_id=id), actor=self.actor(by)), id)

    def _ended(self, told: Told, id: UUID | None) -> None:
        """What was ended opens nothing."""
        if told.ok and id is not None:
            gone = [token for token, actor in self.known.tokens if actor.session_id == id]
            assert not any(self.say(Authenticate(token=token)).ok for token in gone)

    @rule(who=picks, by=picks)
    def an_administrator_looks(self, who: int, by: int) -> None:
        person = self.person(who)
        self.say(PersonNamed(username=person.username.swapcase()), actor=self.actor(by))
        self.say(SessionsOf(user_id=person.id), actor=self.actor(by))

"""The state machine of accounts: joining, proving it, profiles, status, leaving."""

from datetime import date, timedelta
from typing import Any

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.stateful import rule

from sparkle_core.application.accounts import (
    Authenticate,
    CancelDeletion,
    ChangeRole,
    ChangeStatus,
    DeleteAccount,
    EditProfile,
    EraseAccount,
    GiveGuardianConsent,
    LogIn,
    LogOut,
    MyProfile,
    PublicProfile,
    Register,
    RequestEmailCode,
    RequestGuardianConsent,
    SearchPeople,
    SignUp,
    VerifyEmail,
    WithdrawGuardianConsent,
)
from sparkle_core.application.erasing import EraseNext, ErasurePlan
from sparkle_core.application.exporting import FetchExport, MyExports, RequestExport
from sparkle_core.domain.accounts.profiles import SocialHandles
from sparkle_core.domain.accounts.rules import SecurityRules
from sparkle_core.domain.kernel.actors import SYSTEM, Origin, Role, Status
from sparkle_core.testing.stories.known import Somebody
from sparkle_core.testing.stories.story import PASSWORD, Story, keys, origins, picks, words

names = st.sampled_from((None, "bob", "BOB", "Bob_2", "cleo", "dana", "mo_1", "admin", "n-o", "ada_1"))
emails = st.sampled_from(
    (
        "bob@example.org",
        "BOB@example.org",
        "Bob+news@example.org",
        "cleo@example.org",
        "dana@Exämple.org",
        "nobody",
        "ada@example.org",
    )
)
births = st.sampled_from(
    (date(1990, 2, 28), date(1990, 2, 28), date(2016, 2, 29), date(2013, 1, 2), date(1815, 12, 10))
)
countries = st.sampled_from((None, None, "DE", "US", "XX"))
guardians = st.sampled_from((None, "guardian@example.org", "guardian@example.org", "bob@example.org", "nobody"))
passwords = st.sampled_from((PASSWORD, PASSWORD, PASSWORD, "Another-g00d-one", "short"))


class AccountsStory(Story):
    """People join, prove who they are, say something of themselves, are sanctioned, and leave."""

    @rule(
        email=emails,
        username=names,
        password=passwords,
        agree=st.sampled_from((True, True, True, False)),
        referrer=picks,
        key=keys,
        born=st.one_of(st.none(), births),
        country=countries,
        guardian=guardians,
    )
    def register(
        self,
        email: str,
        username: str | None,
        password: str,
        agree: bool,
        referrer: int,
        key: str | None,
        born: date | None,
        country: str | None,
        guardian: str | None,
    ) -> None:
        code = None
        if referrer < 10:
            profile = self.say(MyProfile(), actor=self.actor(referrer))
            code = profile.answer.referral_code if profile.ok else "nobodys1"
        told = self.say(
            Register(
                email=email,
                username=username,
                password=password,
                agree_to_terms=agree,
                referral_code=code,
                birth_date=born,
                country=country,
                guardian_email=guardian,
            ),
            key=key,
        )
        if told.ok:
            self.known.people.append(Somebody(told.answer.id, told.answer.username, email))

    @rule(
        email=emails,
        username=names,
        origin=origins,
        code=st.sampled_from((None, None, "nobodys1")),
        born=births,
        country=countries,
        guardian=guardians,
    )
    def sign_up(
        self,
        email: str,
        username: str | None,
        origin: Origin | None,
        code: str | None,
        born: date,
        country: str | None,
        guardian: str | None,
    ) -> None:
        """Whoever may sign up gets a letter, whether the address is known or not; but nobody who left is written to,
        and no address more often than it may be.
        """
        letters = len(self.told.letters)
        command = SignUp(
            email=email,
            username=username,
            password=PASSWORD,
            agree_to_terms=True,
            referral_code=code,
            birth_date=born,
            country=country,
            guardian_email=guardian,
        )
        if self.say(command, origin=origin).ok and self._may_be_written_to(email) and not self.known.somebody_left:
            assert len(self.told.letters) > letters

    @rule(who=picks, email=guardians)
    def a_child_has_a_guardian_asked(self, who: int, email: str | None) -> None:
        self.say(RequestGuardianConsent(email=email or "guardian@example.org"), actor=self.actor(who))

    @rule(which=picks, agree=st.booleans(), origin=origins)
    def a_guardian_decides(self, which: int, agree: bool, origin: Origin | None) -> None:
        """Each token works once, and for what it was mailed."""
        wanted = "guardian_consent" if agree else "guardian_consented"
        tokens = [letter.data["token"] for letter in self.told.letters if letter.kind == wanted]
        token = self.one_of(tokens, which) or "guard_nothing"
        command = GiveGuardianConsent(token=token) if agree else WithdrawGuardianConsent(token=token)
        if self.say(command, origin=origin).ok:
            assert not self.say(command, origin=origin).ok

    @rule(who=picks, right=st.booleans(), origin=origins)
    def verify_email(self, who: int, right: bool, origin: Origin | None) -> None:
        email = self.person(who).email
        code = self.told.code_for(email) if right else "000000"
        self.say(VerifyEmail(email=email, code=code or "123456"), origin=origin)

    @rule(email=emails, origin=origins)
    def request_email_code(self, email: str, origin: Origin | None) -> None:
        self.say(RequestEmailCode(email=email), origin=origin)
        self._may_be_written_to(email)

    def _may_be_written_to(self, email: str) -> bool:
        """Whether an address was within its letters all along, this one included: three an hour, by default."""
        self.known.asked[email.casefold()] += 1
        return self.known.asked[email.casefold()] <= SecurityRules().codes_per_account.limit

    @rule(who=picks, password=passwords, origin=origins)
    def log_in(self, who: int, password: str, origin: Origin | None) -> None:
        told = self.say(LogIn(email=self.person(who).email, password=password), origin=origin)
        if told.ok:
            self.known.tokens.append((told.answer.token, told.answer.actor))

    @rule(email=emails, times=st.integers(1, 7))
    def guess_passwords(self, email: str, times: int) -> None:
        """More wrong ones than the budget allows, then the right one: locked all the same."""
        for n in range(times):
            self.say(LogIn(email=email, password=f"Wr0ng-password-{n}"))
        self.say(LogIn(email=email, password=PASSWORD))

    @rule(which=picks)
    def authenticate(self, which: int) -> None:
        token, actor = self.one_of(self.known.tokens, which) or ("sess_unknown", None)
        told = self.say(Authenticate(token=token))
        assert not told.ok or told.answer == actor

    @rule(which=picks)
    def come_back(self, which: int) -> None:
        """With a session that may be remembered: what it opens, looking it up opens too."""
        token, actor = self.one_of(self.known.tokens, which) or ("sess_unknown", None)
        told = self.say(Authenticate(token=token, for_a_call=True))
        if told.ok and self.say(MyProfile(), actor=told.answer).ok:
            assert self.say(Authenticate(token=token)).answer == actor

    @rule(which=picks)
    def log_out(self, which: int) -> None:
        found = self.one_of(self.known.tokens, which)
        if found is not None:
            self.say(LogOut(), actor=found[1])

    @rule(
        who=picks,
        changes=st.fixed_dictionaries(
            {},
            optional={
                "display_name": words,
                "bio": words,
                "image": st.sampled_from(("https://example.org/a.png", "javascript:alert(1)", "")),
                "interests": st.sampled_from(((), ("chess", "日本語"))),
                "time_zone": st.sampled_from(("Pacific/Niue", "Pacific/Kiritimati", "Europe/Berlin")),
                "phone": st.sampled_from(("+49 30 901820", "+12025550143", "")),
                "social": st.just(SocialHandles(twitter="ada")),
            },
        ),
        version=st.sampled_from((None, None, 1, 2, 3)),
        key=keys,
    )
    def edit_profile(self, who: int, changes: dict[str, Any], version: int | None, key: str | None) -> None:
        self.say(EditProfile(**changes, expected_version=version), actor=self.actor(who), key=key)

    @rule(who=picks)
    def my_profile(self, who: int) -> None:
        self.say(MyProfile(), actor=self.actor(who))

    @rule(who=picks, by=picks)
    def public_profile(self, who: int, by: int) -> None:
        self.say(PublicProfile(username=self.person(who).username.swapcase()), actor=self.actor(by))

    @rule(
        text=st.sampled_from(("", "a", "A", "o", "STRASSE", "straße", "%", "_", "\\", "日本", "i\u0307", "'")),
        role=st.sampled_from((None, None, Role.MODERATOR)),
        status=st.sampled_from((*(None,) * 8, *Status)),
        by=picks,
        limit=st.integers(1, 3),
    )
    def search_people(self, text: str, role: Role | None, status: Status | None, by: int, limit: int) -> None:
        self.pages(
            lambda after: SearchPeople(text=text, role=role, status=status, after=after, limit=limit),
            actor=self.actor(by),
        )

    @rule(who=picks, by=picks, status=st.sampled_from(Status), days=st.sampled_from((None, None, 1, 30)), key=keys)
    def change_status(self, who: int, by: int, status: Status, days: int | None, key: str | None) -> None:
        command = ChangeStatus(user_id=self.person(who).id, status=status, reason="a reason", days=days)
        told = self.say(command, actor=self.actor(by), key=key)
        self.known.somebody_left |= told.ok and status is Status.DELETED

    @rule(
        who=picks,
        by=picks,
        role=st.sampled_from((Role.USER, Role.CREATOR, Role.VERIFIED_CREATOR, Role.MODERATOR, Role.ADMIN)),
    )
    def change_role(self, who: int, by: int, role: Role) -> None:
        self.say(ChangeRole(user_id=self.person(who).id, role=role), actor=self.actor(by))

    @rule(who=st.integers(3, 40), minutes=st.sampled_from((0, 0, 10)), keep_name=st.booleans())
    def delete_account(self, who: int, minutes: int, keep_name: bool) -> None:
        actor = self.actor(who)
        if actor.proved_at is not None:
            actor = evolve(actor, proved_at=actor.proved_at - timedelta(minutes=minutes))
        told = self.say(DeleteAccount(keep_name=keep_name), actor=actor)
        self.known.somebody_left |= told.ok

    @rule(who=picks, minutes=st.sampled_from((0, 0, 10)), which=picks)
    def takes_a_copy_along(self, who: int, minutes: int, which: int) -> None:
        """What is ready is fetched by whose it is, and says who they are."""
        actor = self.actor(who)
        if actor.proved_at is not None:
            actor = evolve(actor, proved_at=actor.proved_at - timedelta(minutes=minutes))
        self.say(RequestExport(), actor=actor)
        there = self.say(MyExports(), actor=actor)
        export = self.one_of(list(there.answer) if there.ok else [], which)
        if export is not None:
            fetched = self.say(FetchExport(export_id=export.id), actor=actor)
            assert not fetched.ok or len(fetched.answer.data) == export.size > 0

    @rule(who=st.integers(3, 40))
    def stays_after_all(self, who: int) -> None:
        """Whoever has left signs in anew, and is here again."""
        somebody = self.person(who)
        back = self.say(LogIn(email=somebody.email, password=PASSWORD))
        actor = back.answer.actor if back.ok else self.actor(who)
        if self.say(CancelDeletion(), actor=actor).ok:
            assert self.say(MyProfile(), actor=actor).answer.erased_from is None

    @rule(who=st.integers(10, 40), keep_name=st.booleans(), days=st.sampled_from((0, 0, 31)))
    def is_erased(self, who: int, keep_name: bool, days: int) -> None:
        """By an operator at once, and whoever left a month ago with them."""
        somebody = self.person(who)
        self.told.advance(timedelta(days=days))
        if self.say(EraseAccount(user_id=somebody.id, keep_name=keep_name), actor=SYSTEM).ok:
            self.known.somebody_left = True
            while self.say(EraseNext(), actor=SYSTEM).answer.user_id is not None:
                pass
            self.say(ErasurePlan(user_id=somebody.id), actor=SYSTEM)

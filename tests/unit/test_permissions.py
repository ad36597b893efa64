"""Who may do what: every request × role × status, written down here and asked of the dispatcher.

Source: docs/contexts/accounts.md. A new use case without a row fails; so does
a permission that is given to a role or a status by accident.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve
from tests.support.people import member

from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application import catalog
from sparkle_core.application.accounts import ChangeRole, ChangeStatus, RevokeSessions
from sparkle_core.application.kernel.commands import UseCase
from sparkle_core.application.kernel.dispatcher import Dispatcher
from sparkle_core.application.kernel.work import Work
from sparkle_core.domain.accounts.errors import Outranked
from sparkle_core.domain.accounts.people import outrank
from sparkle_core.domain.kernel.actors import ANONYMOUS, SYSTEM, Actor, Permission, Role, Standing, Status
from sparkle_core.domain.kernel.errors import (
    Forbidden,
    Leaving,
    NotWhile,
    SparkleError,
    StepUpRequired,
    Unauthenticated,
)
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.ports.driving import drive

ACTIVE = "A"
ALWAYS = "PASB"
MAY_READ = "PAS"
MAY_APPEAL = "ASB"

TABLE = {
    # request: who (and everybody above them), while P(ending), A(ctive), S(uspended), B(anned)
    "Register": ("anybody", ALWAYS),
    "SignUp": ("anybody", ALWAYS),
    "JudgePassword": ("anybody", ALWAYS),
    "VerifyEmail": ("anybody", ALWAYS),
    "RequestGuardianConsent": ("member", ALWAYS),
    "GiveGuardianConsent": ("anybody", ALWAYS),
    "WithdrawGuardianConsent": ("anybody", ALWAYS),
    "MailGuardian": ("system", ""),
    "RequestEmailCode": ("anybody", ALWAYS),
    "LogIn": ("anybody", ALWAYS),
    "Authenticate": ("anybody", ALWAYS),
    "LogOut": ("member", ALWAYS),
    "DeleteAccount": ("member", ALWAYS),
    "CancelDeletion": ("member", ALWAYS),
    "EraseAccount": ("system", ""),
    "MailLeaving": ("system", ""),
    "ErasurePlan": ("system", ""),
    "RequestExport": ("member", MAY_READ),
    "MyExports": ("member", MAY_READ),
    "FetchExport": ("member", MAY_READ),
    "MakeExport": ("system", ""),
    "ExportOf": ("system", ""),
    "MailExport": ("system", ""),
    "EraseNext": ("system", ""),
    "ProveIdentity": ("member", ALWAYS),
    "AnswerChallenge": ("anybody", ALWAYS),
    "SignInProviders": ("anybody", ALWAYS),
    "VisitProvider": ("anybody", ALWAYS),
    "SignInWithProvider": ("anybody", ALWAYS),
    "JoinWithProvider": ("anybody", ALWAYS),
    "VisitProviderToProve": ("member", ALWAYS),
    "ProveWithProvider": ("member", ALWAYS),
    "MyWaysIn": ("member", ALWAYS),
    "BeginPasskey": ("member", ACTIVE),
    "AddPasskey": ("member", ACTIVE),
    "BeginPasskeySignIn": ("anybody", ALWAYS),
    "SignInWithPasskey": ("anybody", ALWAYS),
    "BeginPasskeyProof": ("member", ALWAYS),
    "ProveWithPasskey": ("member", ALWAYS),
    "RenamePasskey": ("member", ALWAYS),
    "RemovePasskey": ("member", ALWAYS),
    "VisitProviderToLink": ("member", ACTIVE),
    "LinkProvider": ("member", ACTIVE),
    "UnlinkProvider": ("member", ALWAYS),
    "MyTwoFactor": ("member", ALWAYS),
    "SetUpTwoFactor": ("member", ALWAYS),
    "EnableTwoFactor": ("member", ALWAYS),
    "MakeBackupCodes": ("member", ALWAYS),
    "DisableTwoFactor": ("member", ALWAYS),
    "MyCsrfToken": ("member", ALWAYS),
    "MySessions": ("member", ALWAYS),
    "MyLogins": ("member", ALWAYS),
    "MyAlerts": ("member", ALWAYS),
    "RevokeSession": ("member", ALWAYS),
    "RevokeOtherSessions": ("member", ALWAYS),
    "RequestPasswordReset": ("anybody", ALWAYS),
    "ResetPassword": ("anybody", ALWAYS),
    "ChangePassword": ("member", ALWAYS),
    "ChangeEmail": ("member", ALWAYS),
    "ConfirmEmail": ("member", ALWAYS),
    "EditProfile": ("member", ACTIVE),
    "MyProfile": ("member", MAY_READ),
    "PublicProfile": ("anybody", MAY_READ),
    "SearchPeople": ("anybody", MAY_READ),
    "ChangeStatus": ("admin", ACTIVE),
    "ChangeRole": ("admin", ACTIVE),
    "PersonNamed": ("admin", ACTIVE),
    "SessionsOf": ("admin", ACTIVE),
    "RevokeSessions": ("admin", ACTIVE),
    "MyNotifications": ("member", MAY_READ),
    "ReadNotification": ("member", MAY_READ),
    "MyNotificationPreferences": ("member", MAY_READ),
    "MuteNotifications": ("member", ACTIVE),
    "AwardXp": ("admin", ACTIVE),
    "ReverseXp": ("admin", ACTIVE),
    "VisitToday": ("member", ACTIVE),
    "MyStreak": ("member", MAY_READ),
    "AssessTrust": ("system", ""),
    "LockTrust": ("moderator", ACTIVE),
    "UnlockTrust": ("moderator", ACTIVE),
    "TrustOf": ("member", MAY_READ),
    "CountDeed": ("system", ""),
    "CountVerdict": ("system", ""),
    "ReputationOf": ("anybody", MAY_READ),
    "ProgressOf": ("anybody", MAY_READ),
    "XpHistory": ("member", MAY_READ),
    "LevelTable": ("anybody", MAY_READ),
    "AchievementsOf": ("anybody", MAY_READ),
    "QuestsOf": ("member", MAY_READ),
    "ClaimQuest": ("member", ACTIVE),
    "Count": ("system", ""),
    "Reach": ("system", ""),
    "UnlockDue": ("system", ""),
    "SeeGoal": ("system", ""),
    "TellOfGoal": ("system", ""),
    "NextToBackfill": ("system", ""),
    "MarkBackfilled": ("system", ""),
    "LeaderboardOf": ("anybody", MAY_READ),
    "MyRank": ("member", MAY_READ),
    "CountScore": ("system", ""),
    "CountPoints": ("system", ""),
    "ShowOnBoards": ("system", ""),
    "ForgetBoards": ("system", ""),
    "MyLeague": ("member", MAY_READ),
    "TakeSeat": ("system", ""),
    "SettleLeagues": ("system", ""),
    "SendTip": ("member", ACTIVE),
    "Convert": ("member", ACTIVE),
    "BalanceOf": ("member", MAY_READ),
    "Statement": ("member", MAY_READ),
    "ReverseTransfer": ("admin", ACTIVE),
    "FreezeWallet": ("moderator", ACTIVE),
    "UnfreezeWallet": ("moderator", ACTIVE),
    "ProveLedger": ("admin", ACTIVE),
    "VerifyLedger": ("admin", ACTIVE),
    "CreateItem": ("admin", ACTIVE),
    "ChangeItem": ("admin", ACTIVE),
    "Catalogue": ("anybody", MAY_READ),
    "ItemById": ("anybody", MAY_READ),
    "BuyItem": ("member", ACTIVE),
    "RefundPurchase": ("member", ACTIVE),
    "MyPurchases": ("member", MAY_READ),
    "Inventory": ("member", MAY_READ),
    "MyBoosts": ("member", MAY_READ),
    "EquipThing": ("member", ACTIVE),
    "UnequipThing": ("member", ACTIVE),
    "ConsumeThing": ("member", ACTIVE),
    "ExpireThing": ("system", ""),
    "MakeOffer": ("member", ACTIVE),
    "CounterOffer": ("member", ACTIVE),
    "AcceptOffer": ("member", ACTIVE),
    "DeclineOffer": ("member", ACTIVE),
    "CancelOffer": ("member", ACTIVE),
    "MyOffers": ("member", MAY_READ),
    "OfferById": ("member", MAY_READ),
    "ExpireOffer": ("system", ""),
    "ListThing": ("member", ACTIVE),
    "BuyListing": ("member", ACTIVE),
    "CancelListing": ("member", ACTIVE),
    "ExpireListing": ("system", ""),
    "Listings": ("anybody", MAY_READ),
    "StartAuction": ("member", ACTIVE),
    "Bid": ("member", ACTIVE),
    "CancelAuction": ("member", ACTIVE),
    "SettleAuction": ("system", ""),
    "Auctions": ("anybody", MAY_READ),
    "AuctionById": ("anybody", MAY_READ),
    "ReturnOffers": ("system", ""),
    "ReturnListings": ("system", ""),
    "ReturnBids": ("system", ""),
    "PublishPost": ("member", ACTIVE),
    "EditPost": ("member", ACTIVE),
    "DeletePost": ("member", ACTIVE),
    "AcceptAnswer": ("member", ACTIVE),
    "Comment": ("member", ACTIVE),
    "EditComment": ("member", ACTIVE),
    "DeleteComment": ("member", ACTIVE),
    "React": ("member", ACTIVE),
    "Unreact": ("member", ACTIVE),
    "PostById": ("anybody", MAY_READ),
    "LatestPosts": ("anybody", MAY_READ),
    "CommentsOf": ("anybody", MAY_READ),
    "ReportContent": ("member", ACTIVE),
    "OpenCases": ("moderator", ACTIVE),
    "CaseById": ("moderator", ACTIVE),
    "ClaimCase": ("moderator", ACTIVE),
    "Decide": ("moderator", ACTIVE),
    "MyDecisions": ("member", MAY_APPEAL),
    "DecisionById": ("member", MAY_APPEAL),
    "Appeal": ("member", MAY_APPEAL),
    "WithdrawAppeal": ("member", MAY_APPEAL),
    "OpenAppeals": ("moderator", ACTIVE),
    "DecideAppeal": ("moderator", ACTIVE),
    "CompleteSignUp": ("system", ""),
    "MailEmailCode": ("system", ""),
    "GrantPasswordReset": ("system", ""),
    "MailPasswordReset": ("system", ""),
    "MailPasswordChanged": ("system", ""),
    "MailTwoFactorChanged": ("system", ""),
    "MailProviderChanged": ("system", ""),
    "MailPasskeyChanged": ("system", ""),
    "MailBackupCodeUsed": ("system", ""),
    "MailEmailChange": ("system", ""),
    "MailEmailChanged": ("system", ""),
    "PayReferral": ("system", ""),
    "TidyUp": ("system", ""),
    "RetentionDue": ("system", ""),
    "WatchLogin": ("system", ""),
    "SuspectSession": ("member", ALWAYS),
    "RaiseAlert": ("system", ""),
    "MailSecurityAlert": ("system", ""),
    "ExpireHolds": ("system", ""),
    "SealLedger": ("system", ""),
    "AuditLog": ("admin", ACTIVE),
    "VerifyAudit": ("admin", ACTIVE),
    "ChainAudit": ("system", ""),
    "KeysInUse": ("system", ""),
    "Reencrypt": ("system", ""),
    "RetireKey": ("system", ""),
    "MakePerson": ("system", ""),
    "Tell": ("system", ""),
}

ROLES = {
    "anybody": (Role.USER, Role.CREATOR, Role.VERIFIED_CREATOR, Role.MODERATOR, Role.ADMIN),
    "member": (Role.USER, Role.CREATOR, Role.VERIFIED_CREATOR, Role.MODERATOR, Role.ADMIN),
    "moderator": (Role.MODERATOR, Role.ADMIN),
    "admin": (Role.ADMIN,),
    "system": (),
}
STATUSES = {"P": Status.PENDING_VERIFICATION, "A": Status.ACTIVE, "S": Status.SUSPENDED, "B": Status.BANNED}
SOMEBODY = UserId(UUID(int=7))


class Reached(Exception):
    """The dispatcher let the call through."""


async def reached(*_: Any) -> None:
    raise Reached


def told(dispatcher: Dispatcher, use: UseCase, actor: Actor, standing: Standing | None) -> type[Exception]:
    """What a caller of that standing is told: a refusal, or that the handler was reached."""

    async def standing_of(work: Work, user_id: UserId) -> Standing | None:
        return standing

    asked = evolve(use, handler=reached, prepare=None, standing=None)
    trial = evolve(dispatcher, table={use.request: asked}, standing_of=standing_of)
    blank: Any = object.__new__(use.request)
    try:
        drive(trial.call(blank, actor=actor))
    except (Reached, SparkleError) as answer:
        return type(answer)
    raise AssertionError("neither reached nor refused")


def expected(who: str, statuses: str, role: Role, status: Status) -> type[Exception]:
    if status is Status.DELETED:
        return Unauthenticated
    if role not in ROLES[who]:
        return Forbidden
    return Reached if status in [STATUSES[s] for s in statuses] else NotWhile


def differences(sparkle: Sparkle, use_cases: Iterable[UseCase]) -> list[str]:
    """Where the dispatcher does otherwise than the table says, or the table says nothing."""
    found = []
    person = Actor(user_id=SOMEBODY, proved_at=sparkle.world.moment().now)
    for use in use_cases:
        name = use.request.__name__
        if name not in TABLE:
            found.append(f"{name} has no row")
            continue
        who, statuses = TABLE[name]
        trials: list[tuple[str, Actor, Standing | None, type[Exception]]] = [
            (
                f"{role.value} {status.value}",
                person,
                Standing(role=role, status=status),
                expected(who, statuses, role, status),
            )
            for role in Role
            if role is not Role.SYSTEM
            for status in Status
        ]
        open_to_all = who == "anybody"
        trials.append(("nobody", ANONYMOUS, None, Reached if open_to_all else Unauthenticated))
        trials.append(("somebody unknown", person, None, Unauthenticated))
        trials.append(("the system", SYSTEM, None, Reached))
        for caller, actor, standing, wanted in trials:
            answer = told(sparkle.dispatcher, use, actor, standing)
            if answer is not wanted:
                found.append(f"{name} by {caller}: {answer.__name__}, should be {wanted.__name__}")
    return found


@pytest.fixture(scope="module")
def sparkle() -> Sparkle:
    return in_memory()


def test_every_request_answers_every_role_in_every_status_as_the_table_says(sparkle: Sparkle) -> None:
    assert differences(sparkle, catalog.USE_CASES) == []


def test_the_table_has_no_row_for_what_is_not_there() -> None:
    assert set(TABLE) == {u.request.__name__ for u in catalog.USE_CASES}


def test_a_request_with_another_permission_is_found(sparkle: Sparkle) -> None:
    (use,) = [u for u in catalog.USE_CASES if u.request.__name__ == "AwardXp"]
    loose = evolve(use, permission=Permission.PUBLISH)
    assert "AwardXp by USER ACTIVE: Reached, should be Forbidden" in differences(sparkle, [loose])


def test_a_request_that_nobody_wrote_down_is_found(sparkle: Sparkle) -> None:
    class Unwritten:
        pass

    (use,) = [u for u in catalog.USE_CASES if u.request.__name__ == "AwardXp"]
    assert differences(sparkle, [evolve(use, request=Unwritten)]) == ["Unwritten has no row"]


@pytest.mark.parametrize("status", STATUSES.values())
def test_whoever_is_leaving_does_what_they_could_do_otherwise_and_only_reads_appeals_and_stays(
    sparkle: Sparkle, status: Status
) -> None:
    """Over every request: who has left cannot publish, trade or tip, nor do by leaving what a ban keeps them from."""
    actor = Actor(user_id=SOMEBODY, proved_at=sparkle.world.moment().now)
    for use in catalog.USE_CASES:
        who, statuses = TABLE[use.request.__name__]
        for role in ROLES["anybody"]:
            wanted = expected(who, statuses, role, status)
            if wanted is Reached and statuses == ACTIVE:
                wanted = Leaving
            standing = Standing(role=role, status=status, erased_from=sparkle.world.moment().now)
            assert told(sparkle.dispatcher, use, actor, standing) is wanted, (use.request.__name__, role)


WANT_A_FRESH_PROOF = [u for u in catalog.USE_CASES if u.step_up]


@pytest.mark.parametrize("use", WANT_A_FRESH_PROOF, ids=lambda use: use.request.__name__)
def test_a_proof_is_fresh_for_five_minutes_and_not_a_second_longer(sparkle: Sparkle, use: UseCase) -> None:
    """Stops somebody at an unlocked screen from changing what opens the account."""
    active = Standing(role=Role.USER, status=Status.ACTIVE)
    answers = []
    for age_s in (0, 299, 301):
        now = sparkle.world.moment().now
        actor = Actor(user_id=SOMEBODY, proved_at=now - timedelta(seconds=age_s))
        answers.append(told(sparkle.dispatcher, use, actor, active))
    assert answers == [Reached, Reached, StepUpRequired]
    never = Actor(user_id=SOMEBODY)
    assert told(sparkle.dispatcher, use, never, active) is StepUpRequired


RANKED = {Role.USER: 0, Role.CREATOR: 0, Role.VERIFIED_CREATOR: 0, Role.MODERATOR: 1, Role.ADMIN: 2}


@pytest.mark.parametrize("target", RANKED)
@pytest.mark.parametrize("by", RANKED)
def test_nobody_acts_against_an_equal_or_higher_role(by: Role, target: Role) -> None:
    """Every role against every role: below, the permission is missing; at the same height, the rank."""
    community = in_memory(seed=3)
    somebody, other = member(community, "somebody", by), member(community, "other", target)
    commands: list[Any] = [
        ChangeStatus(user_id=other.id, status=Status.SUSPENDED, reason="A reason."),
        ChangeStatus(user_id=other.id, status=Status.BANNED, reason="A reason."),
        RevokeSessions(user_id=other.id),
        ChangeRole(user_id=other.id, role=Role.CREATOR),
    ]
    for command in commands:
        if by is not Role.ADMIN:
            refusal: type[Exception] = Forbidden
        elif RANKED[by] <= RANKED[target]:
            refusal = Outranked
        else:
            community.run(command, actor=somebody.actor)
            continue
        with pytest.raises(refusal):
            community.run(command, actor=somebody.actor)
    with pytest.raises(Forbidden):  # nor is anybody made an equal
        community.run(ChangeRole(user_id=other.id, role=by), actor=somebody.actor)


@pytest.mark.parametrize("target", RANKED)
@pytest.mark.parametrize("by", [*RANKED, Role.SYSTEM])
def test_ranks_are_held_alike_wherever_they_are_asked(by: Role, target: Role) -> None:
    above = by is Role.SYSTEM or RANKED[by] > RANKED[target]
    if above:
        outrank(by, target)
    else:
        with pytest.raises(Outranked):
            outrank(by, target)


def test_a_stale_proof_of_identity_is_asked_for_again(sparkle: Sparkle) -> None:
    steps = {u.request.__name__ for u in catalog.USE_CASES if u.step_up}
    names = ["DeleteAccount", "ChangePassword", "ChangeEmail", "SetUpTwoFactor", "MakeBackupCodes"]
    names += ["RequestExport", "FetchExport"]
    names += ["VisitProviderToLink", "LinkProvider", "UnlinkProvider", "BeginPasskey", "AddPasskey", "RemovePasskey"]
    assert steps == set(names)

"""Children for tests: with a guardian who agrees, or has not yet."""

from datetime import date, timedelta

from sparkle_bootstrap import Sparkle
from sparkle_core.application.accounts import GiveGuardianConsent, MyProfile, Register, VerifyEmail
from sparkle_core.domain.kernel.actors import Minor
from tests.support.people import PASSWORD, Somebody

GUARDIAN = "guardian@example.org"


def today(sparkle: Sparkle) -> date:
    return sparkle.world.moment().now.date()


def aged(sparkle: Sparkle, years: int, days: int = 0) -> date:
    """The birth date of somebody who has been that old for so many days."""
    now = today(sparkle) - timedelta(days=days)
    return now.replace(year=now.year - years)


def child(sparkle: Sparkle, name: str = "kid", years: int = 12, *, verified: bool = True) -> Somebody:
    joined = sparkle.run(
        Register(
            email=f"{name}@example.org",
            username=name,
            password=PASSWORD,
            agree_to_terms=True,
            birth_date=aged(sparkle, years),
            guardian_email=GUARDIAN,
        )
    )
    if verified:
        sparkle.run(VerifyEmail(email=f"{name}@example.org", code=sparkle.mailbox.latest(f"{name}@example.org").code))
    return Somebody(joined.id, joined.username, f"{name}@example.org", joined.actor)


def token_in(sparkle: Sparkle, kind: str) -> str:
    """The newest token that the guardian got in a letter of a kind."""
    return [letter.data["token"] for letter in sparkle.mailbox.letters if letter.kind == kind][-1]


def agree(sparkle: Sparkle) -> None:
    sparkle.run(GiveGuardianConsent(token=token_in(sparkle, "guardian_consent")))


def minor_of(sparkle: Sparkle, somebody: Somebody) -> Minor | None:
    return sparkle.run(MyProfile(), actor=somebody.actor).minor

"""What follows from what: events on the left, the commands they ask for on the right.

Pure functions; the worker dispatches the commands in the system's name, each with a key made of
the event's id, so that replaying everything changes nothing.
"""

from sparkle_core.application.accounts import CompleteSignUp, MailEmailCode, PayReferral
from sparkle_core.application.kernel.relay import Reaction
from sparkle_core.domain.accounts.events import EmailCodeRequested, ReferralMatured, SignUpRequested
from sparkle_core.domain.progression import ProgressionRules


def reactions(rules: ProgressionRules) -> tuple[Reaction, ...]:
    """The whole table, with the XP that things earn."""
    return (
        Reaction(SignUpRequested, lambda e, _: [CompleteSignUp(sign_up_id=e.sign_up_id)]),
        Reaction(EmailCodeRequested, lambda e, _: [MailEmailCode(challenge_id=e.challenge_id)]),
        Reaction(ReferralMatured, lambda e, _: [PayReferral(referral_id=e.referral_id)]),
    )

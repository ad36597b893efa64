"""What follows from what: events on the left, the commands they ask for on the right.

Pure functions; the worker dispatches the commands in the system's name, each with a key made of
the event's id, so that replaying everything changes nothing.
"""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from sparkle_core.application.accounts import CompleteSignUp, MailEmailCode, PayReferral
from sparkle_core.application.economy import (
    ExpireListing,
    ExpireOffer,
    ExpireThing,
    ReturnBids,
    ReturnListings,
    ReturnOffers,
    SettleAuction,
)
from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.relay import Reaction
from sparkle_core.application.leaderboards import CountPoints, CountScore, ShowOnBoards
from sparkle_core.application.notifications import Tell
from sparkle_core.application.progression import AwardXp, Count, ReverseXp, UnlockDue
from sparkle_core.domain.accounts.events import (
    EmailCodeRequested,
    ReferralMatured,
    SanctionLifted,
    SignUpRequested,
    UserDeleted,
    UserSanctioned,
)
from sparkle_core.domain.content import events as content
from sparkle_core.domain.content.rules import LIKE
from sparkle_core.domain.economy.events import PointsIssued, TipSent, TransferReversed
from sparkle_core.domain.economy.store_events import PurchaseMade, PurchaseRefunded, ThingExpirySent
from sparkle_core.domain.economy.trading_events import (
    AuctionEndSent,
    ListingExpirySent,
    OfferAccepted,
    OfferExpirySent,
)
from sparkle_core.domain.kernel.events import Event
from sparkle_core.domain.kernel.fields import UserId, instant_of
from sparkle_core.domain.leaderboards import Metric
from sparkle_core.domain.notifications import NotificationType
from sparkle_core.domain.progression import (
    Awards,
    CounterName,
    LevelMarkReached,
    ProgressionRules,
    XpAwarded,
    XpReversed,
)

Commands = Iterable[Command[Any]]

RETURNS = (ReturnOffers, ReturnListings, ReturnBids)
"""What somebody who leaves has in escrow, and others for them, goes back."""


def reactions(rules: ProgressionRules) -> tuple[Reaction, ...]:
    """The whole table, with the XP that things earn; what goes out of sight takes its XP along."""
    awards = rules.awards
    return (
        Reaction(SignUpRequested, lambda e, _: [CompleteSignUp(sign_up_id=e.sign_up_id)]),
        Reaction(EmailCodeRequested, lambda e, _: [MailEmailCode(challenge_id=e.challenge_id)]),
        Reaction(ThingExpirySent, lambda e, _: [ExpireThing(thing_id=e.thing_id)]),
        Reaction(OfferExpirySent, lambda e, _: [ExpireOffer(offer_id=e.offer_id)]),
        Reaction(ListingExpirySent, lambda e, _: [ExpireListing(listing_id=e.listing_id)]),
        Reaction(AuctionEndSent, lambda e, _: [SettleAuction(auction_id=e.auction_id)]),
        Reaction(UserDeleted, lambda e, _: [kind(user_id=e.user_id) for kind in RETURNS]),
        Reaction(ReferralMatured, lambda e, _: [PayReferral(referral_id=e.referral_id)]),
        *_earned(
            "post_published",
            awards.post_published,
            gains=(content.PostPublished, content.PostRestored),
            losses=(content.PostHidden, content.PostDeleted),
            subject=lambda e: str(e.post_id),
        ),
        *_earned(
            "comment_posted",
            awards.comment_posted,
            gains=(content.CommentPosted, content.CommentRestored),
            losses=(content.CommentHidden, content.CommentDeleted),
            subject=lambda e: str(e.comment_id),
        ),
        Reaction(content.ReactionAdded, lambda e, _: _liked(e, awards)),
        Reaction(content.ReactionRemoved, lambda e, _: _unliked(e)),
        Reaction(content.AnswerAccepted, lambda e, _: _helped(e, awards)),
        Reaction(content.AnswerWithdrawn, lambda e, _: _unhelped(e)),
        *_counted(),
        *_scored(),
    )


def _scored() -> tuple[Reaction, ...]:
    """What counts on leaderboards, at the instant of its event; and who shows on them."""

    def xp(event: XpAwarded | XpReversed, id: UUID) -> Commands:
        return [CountScore(user_id=event.user_id, metric=Metric.XP, by=event.amount, at=instant_of(id))]

    def likes(by: int) -> Callable[[Any, UUID], Commands]:
        def like(event: content.ReactionAdded | content.ReactionRemoved, id: UUID) -> Commands:
            if event.reaction != LIKE or event.user_id == event.author_id:
                return []
            return [CountScore(user_id=event.author_id, metric=Metric.LIKES, by=by, at=instant_of(id))]

        return like

    def points(sign: int) -> Callable[[Any, UUID], Commands]:
        def paid(event: TipSent | PointsIssued | TransferReversed, id: UUID) -> Commands:
            by, at = sign * event.amount, instant_of(id)
            return [CountPoints(namespace=event.namespace, key=event.key, by=by, at=at)]

        return paid

    return (
        Reaction(XpAwarded, xp),
        Reaction(XpReversed, xp),
        Reaction(content.ReactionAdded, likes(1)),
        Reaction(content.ReactionRemoved, likes(-1)),
        Reaction(TipSent, points(1)),
        Reaction(PointsIssued, points(1)),
        Reaction(TransferReversed, points(-1)),
        *(Reaction(e, lambda e, _: [ShowOnBoards(user_id=e.user_id)]) for e in (UserSanctioned, SanctionLifted)),
        Reaction(UserDeleted, lambda e, _: [ShowOnBoards(user_id=e.user_id)]),
    )


def _counted() -> tuple[Reaction, ...]:
    """What is counted of people. Last, so that the keys of what else follows from an event stay what they were."""
    return (
        *_tallied(
            CounterName.POSTS_PUBLISHED,
            gains=(content.PostPublished, content.PostRestored),
            losses=(content.PostHidden, content.PostDeleted),
        ),
        *_tallied(
            CounterName.COMMENTS_POSTED,
            gains=(content.CommentPosted, content.CommentRestored),
            losses=(content.CommentHidden, content.CommentDeleted),
        ),
        Reaction(content.ReactionAdded, lambda e, _: _likes(e, taken_back=False)),
        Reaction(content.ReactionRemoved, lambda e, _: _likes(e, taken_back=True)),
        Reaction(content.AnswerAccepted, lambda e, _: _answers(e, taken_back=False)),
        Reaction(content.AnswerWithdrawn, lambda e, _: _answers(e, taken_back=True)),
        Reaction(
            TipSent, lambda e, _: [_one(e.sender, CounterName.TIPS_SENT), _one(e.recipient, CounterName.TIPS_RECEIVED)]
        ),
        Reaction(PurchaseMade, lambda e, _: [_one(e.buyer_id, CounterName.PURCHASES_MADE)]),
        Reaction(PurchaseRefunded, lambda e, _: [_one(e.buyer_id, CounterName.PURCHASES_MADE, taken_back=True)]),
        Reaction(
            OfferAccepted,
            lambda e, _: [_one(e.from_id, CounterName.TRADES_MADE), _one(e.to_id, CounterName.TRADES_MADE)],
        ),
        Reaction(LevelMarkReached, lambda e, _: [UnlockDue(user_id=e.user_id)]),
    )


def _one(user_id: UserId, counter: CounterName, *, taken_back: bool = False) -> Command[Any]:
    return Count(user_id=user_id, counter=counter, taken_back=taken_back)


def _tallied(
    counter: CounterName, *, gains: tuple[type[Event], ...], losses: tuple[type[Event], ...]
) -> tuple[Reaction, ...]:
    """How much of what somebody made can be seen by everybody."""

    def gain(event: Any, _: UUID) -> Commands:
        return [_one(event.author_id, counter)]

    def loss(event: Any, _: UUID) -> Commands:
        return [_one(event.author_id, counter, taken_back=True)] if event.was_visible else []

    return (*(Reaction(e, gain) for e in gains), *(Reaction(e, loss) for e in losses))


def _likes(event: content.ReactionAdded | content.ReactionRemoved, *, taken_back: bool) -> Commands:
    """A like counts for both, but not one's own."""
    if event.reaction != LIKE or event.user_id == event.author_id:
        return []
    received = _one(event.author_id, CounterName.LIKES_RECEIVED, taken_back=taken_back)
    return [received, _one(event.user_id, CounterName.LIKES_GIVEN, taken_back=taken_back)]


def _answers(event: content.AnswerAccepted | content.AnswerWithdrawn, *, taken_back: bool) -> Commands:
    if event.answerer_id == event.author_id:
        return []
    return [_one(event.answerer_id, CounterName.ANSWERS_ACCEPTED, taken_back=taken_back)]


def _earned(
    source: str,
    amount: int,
    *,
    gains: tuple[type[Event], ...],
    losses: tuple[type[Event], ...],
    subject: Callable[[Any], str],
) -> tuple[Reaction, ...]:
    """XP to an author while what they made can be seen by everybody."""

    def award(event: Any, _: UUID) -> Commands:
        return [_award(event.author_id, amount, source, subject(event))]

    def take_back(event: Any, _: UUID) -> Commands:
        return [_take_back(event.author_id, source, subject(event))] if event.was_visible else []

    return (*(Reaction(e, award) for e in gains), *(Reaction(e, take_back) for e in losses))


def _liked(event: content.ReactionAdded, awards: Awards) -> Commands:
    """A like earns its author XP, and the first one is told of; not from themselves."""
    if event.reaction != LIKE or event.user_id == event.author_id:
        return []
    facts = {"post_id": str(event.post_id), "target_id": str(event.target_id), "user_id": str(event.user_id)}
    return [
        _award(event.author_id, awards.like_received, "like_received", _like(event)),
        Tell(user_id=event.author_id, type=NotificationType.POST_LIKED, subject=f"like:{event.target_id}", data=facts),
    ]


def _unliked(event: content.ReactionRemoved) -> Commands:
    if event.reaction != LIKE or event.user_id == event.author_id:
        return []
    return [_take_back(event.author_id, "like_received", _like(event))]


def _like(event: content.ReactionAdded | content.ReactionRemoved) -> str:
    return f"{event.target_id}:{event.user_id}"


def _helped(event: content.AnswerAccepted, awards: Awards) -> Commands:
    """An accepted answer earns XP, but not to one's own question."""
    if event.answerer_id == event.author_id:
        return []
    return [_award(event.answerer_id, awards.answer_accepted, "answer_accepted", _answer(event))]


def _unhelped(event: content.AnswerWithdrawn) -> Commands:
    if event.answerer_id == event.author_id:
        return []
    return [_take_back(event.answerer_id, "answer_accepted", _answer(event))]


def _answer(event: content.AnswerAccepted | content.AnswerWithdrawn) -> str:
    return f"{event.post_id}:{event.comment_id}"


def _award(user_id: UserId, amount: int, source: str, subject: str) -> Command[Any]:
    return AwardXp(user_id=user_id, amount=amount, source=source, subject=subject)


def _take_back(user_id: UserId, source: str, subject: str) -> Command[Any]:
    return ReverseXp(user_id=user_id, source=source, subject=subject)

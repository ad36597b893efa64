"""What of progression and economy no command reaches, each with the reason: the twin of `NOT_ROUTED` of the web.

What the worker alone may do (`Permission.DELIVER`) needs none.

The command line acts for the system, by the hand of an operator. It looks at what anybody has and corrects it; it does
nothing in a person's name.
"""

from sparkle_core.application import economy, progression

_THEIR_DEED = "a person does it, in their own name and with what is theirs"

NOT_REACHED: dict[type, str] = {
    progression.VisitToday: "nobody but they themselves is here today",
    progression.ClaimQuest: "whoever finished a quest claims it; `xp award` makes good for one that they could not",
    economy.SendTip: "a person pays for what they liked; `ledger reverse` corrects one",
    economy.Convert: "a person changes what is theirs, at a rate that they saw; it is converted back, never reversed",
    economy.BuyItem: _THEIR_DEED,
    economy.RefundPurchase: _THEIR_DEED,
    economy.EquipThing: "what somebody wears is their choice",
    economy.UnequipThing: "what somebody wears is their choice",
    economy.ConsumeThing: "what is used up is gone; whoever has it chooses when",
    economy.MakeOffer: _THEIR_DEED,
    economy.CounterOffer: _THEIR_DEED,
    economy.AcceptOffer: _THEIR_DEED,
    economy.DeclineOffer: _THEIR_DEED,
    economy.CancelOffer: _THEIR_DEED,
    economy.OfferById: "`trading offers` lists all of a person's, closed ones too",
    economy.ListThing: _THEIR_DEED,
    economy.BuyListing: _THEIR_DEED,
    economy.CancelListing: _THEIR_DEED,
    economy.StartAuction: _THEIR_DEED,
    economy.Bid: _THEIR_DEED,
    economy.CancelAuction: _THEIR_DEED,
}

"""What of progression and economy no command reaches, each with the reason: the twin of `NOT_ROUTED` of the web.

The command line acts for the system, by the hand of an operator. It looks at what anybody has and corrects it; it does
nothing in a person's name.
"""

from sparkle_core.application import economy, leaderboards, progression

_THE_WORKER = "the worker runs it, in the system's name"
_THEIR_DEED = "a person does it, in their own name and with what is theirs"

NOT_REACHED: dict[type, str] = {
    progression.VisitToday: "nobody but they themselves is here today",
    progression.ClaimQuest: "whoever finished a quest claims it; `xp award` makes good for one that they could not",
    progression.AssessTrust: _THE_WORKER,
    progression.CountDeed: _THE_WORKER,
    progression.CountVerdict: _THE_WORKER,
    progression.Count: _THE_WORKER,
    progression.Reach: _THE_WORKER,
    progression.SeeGoal: _THE_WORKER,
    progression.TellOfGoal: _THE_WORKER,
    leaderboards.CountScore: _THE_WORKER,
    leaderboards.CountPoints: _THE_WORKER,
    leaderboards.ShowOnBoards: _THE_WORKER,
    leaderboards.ForgetBoards: _THE_WORKER,
    leaderboards.TakeSeat: _THE_WORKER,
    leaderboards.SettleLeagues: _THE_WORKER,
    economy.SealLedger: _THE_WORKER,
    economy.ExpireThing: _THE_WORKER,
    economy.ExpireOffer: _THE_WORKER,
    economy.ExpireListing: _THE_WORKER,
    economy.SettleAuction: _THE_WORKER,
    economy.ReturnOffers: _THE_WORKER,
    economy.ReturnListings: _THE_WORKER,
    economy.ReturnBids: _THE_WORKER,
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

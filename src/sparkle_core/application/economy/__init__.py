"""What can be asked of the economy."""

from sparkle_core.application.economy import buying, catalogue, having, leaving, ledger, offers, tips, wallets
from sparkle_core.application.economy.buying import BuyItem, MyPurchases, PurchaseView, RefundPurchase
from sparkle_core.application.economy.catalogue import Catalogue, ChangeItem, CreateItem, ItemById, ItemView
from sparkle_core.application.economy.having import (
    BoostView,
    ConsumeThing,
    EquipThing,
    ExpireThing,
    Inventory,
    MyBoosts,
    ThingView,
    UnequipThing,
)
from sparkle_core.application.economy.leaving import ReturnTrades
from sparkle_core.application.economy.ledger import ProveLedger, ReverseTransfer
from sparkle_core.application.economy.offers import (
    AcceptOffer,
    CancelOffer,
    CounterOffer,
    DeclineOffer,
    ExpireOffer,
    MakeOffer,
    MyOffers,
    OfferById,
    OfferView,
)
from sparkle_core.application.economy.receipts import TransferReceipt
from sparkle_core.application.economy.tips import SendTip
from sparkle_core.application.economy.wallets import (
    Balance,
    BalanceOf,
    FreezeWallet,
    Statement,
    StatementLine,
    UnfreezeWallet,
)
from sparkle_core.application.kernel.commands import UseCase
from sparkle_core.domain.kernel.actors import Permission

USE_CASES = (
    UseCase(SendTip, tips.send_tip, Permission.SEND_POINTS, batched=tips.needs_of_tip),
    UseCase(BalanceOf, wallets.balance_of, Permission.READ_OWN),
    UseCase(Statement, wallets.statement, Permission.READ_OWN),
    UseCase(ReverseTransfer, ledger.reverse_transfer, Permission.REVERSE_TRANSFERS),
    UseCase(FreezeWallet, wallets.freeze_wallet, Permission.FREEZE_WALLETS),
    UseCase(UnfreezeWallet, wallets.unfreeze_wallet, Permission.FREEZE_WALLETS),
    UseCase(ProveLedger, ledger.prove_ledger, Permission.REVERSE_TRANSFERS),
    UseCase(CreateItem, catalogue.create_item, Permission.MANAGE_STORE),
    UseCase(ChangeItem, catalogue.change_item, Permission.MANAGE_STORE),
    UseCase(Catalogue, catalogue.catalogue, Permission.READ),
    UseCase(ItemById, catalogue.item_by_id, Permission.READ),
    UseCase(BuyItem, buying.buy_item, Permission.TRADE),
    UseCase(RefundPurchase, buying.refund_purchase, Permission.TRADE),
    UseCase(MyPurchases, buying.my_purchases, Permission.READ_OWN),
    UseCase(Inventory, having.inventory, Permission.READ_OWN),
    UseCase(MyBoosts, having.my_boosts, Permission.READ_OWN),
    UseCase(EquipThing, having.equip_thing, Permission.TRADE),
    UseCase(UnequipThing, having.unequip_thing, Permission.TRADE),
    UseCase(ConsumeThing, having.consume_thing, Permission.TRADE),
    UseCase(ExpireThing, having.expire_thing, Permission.DELIVER),
    UseCase(MakeOffer, offers.make_offer, Permission.TRADE),
    UseCase(CounterOffer, offers.counter_offer, Permission.TRADE),
    UseCase(AcceptOffer, offers.accept_offer, Permission.TRADE),
    UseCase(DeclineOffer, offers.decline_offer, Permission.TRADE),
    UseCase(CancelOffer, offers.cancel_offer, Permission.TRADE),
    UseCase(ExpireOffer, offers.expire_offer, Permission.DELIVER),
    UseCase(MyOffers, offers.my_offers, Permission.READ_OWN),
    UseCase(OfferById, offers.offer_by_id, Permission.READ_OWN),
    UseCase(ReturnTrades, leaving.return_trades, Permission.DELIVER),
)

__all__ = [
    "USE_CASES",
    "AcceptOffer",
    "Balance",
    "BalanceOf",
    "BoostView",
    "BuyItem",
    "CancelOffer",
    "Catalogue",
    "ChangeItem",
    "ConsumeThing",
    "CounterOffer",
    "CreateItem",
    "DeclineOffer",
    "EquipThing",
    "ExpireOffer",
    "ExpireThing",
    "FreezeWallet",
    "Inventory",
    "ItemById",
    "ItemView",
    "MakeOffer",
    "MyBoosts",
    "MyOffers",
    "MyPurchases",
    "OfferById",
    "OfferView",
    "ProveLedger",
    "PurchaseView",
    "RefundPurchase",
    "ReturnTrades",
    "ReverseTransfer",
    "SendTip",
    "Statement",
    "StatementLine",
    "ThingView",
    "TransferReceipt",
    "UnequipThing",
    "UnfreezeWallet",
]

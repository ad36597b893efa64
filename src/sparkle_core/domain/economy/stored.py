"""What the store, inventories and trading keep. The ledger has tables of its own."""

from sparkle_core.domain.economy.auctions import Auction
from sparkle_core.domain.economy.inventory import Allowance, Boost, Purchase, Thing
from sparkle_core.domain.economy.items import Item
from sparkle_core.domain.economy.listings import Listing
from sparkle_core.domain.economy.trading import Offer
from sparkle_core.domain.kernel.stored import NOT_PERSONAL, Kind

ITEMS = Kind(
    Item,
    "item",
    indexes=(("withdrawn", "id"), ("withdrawn", "kind", "id")),
    personal={"terms": NOT_PERSONAL},
)
THINGS = Kind(
    Thing,
    "thing",
    unique=(("owner_id", "slot"),),
    indexes=(("owner_id", "id"), ("held_for",)),
    personal={"held_for": NOT_PERSONAL},
)
"""Two things in one slot clash without a word: who loses that race starts again."""
BOOSTS = Kind(Boost, "boost", indexes=(("owner_id", "until"),))
ALLOWANCES = Kind(Allowance, "allowance", indexes=(("user_id",),))
PURCHASES = Kind(Purchase, "purchase", indexes=(("buyer_id", "id"), ("recipient_id",)))
OFFERS = Kind(
    Offer,
    "offer",
    indexes=(("from_id", "status", "id"), ("from_id", "id"), ("to_id", "status", "id"), ("to_id", "id")),
)
LISTINGS = Kind(
    Listing,
    "listing",
    indexes=(("status", "id"), ("status", "item_id", "id"), ("seller_id", "status", "id"), ("buyer_id",)),
)
AUCTIONS = Kind(
    Auction,
    "auction",
    indexes=(("status", "ends_at"), ("seller_id", "status", "id"), ("leader_id", "status", "id")),
)

STORED = (ITEMS, THINGS, BOOSTS, ALLOWANCES, PURCHASES, OFFERS, LISTINGS, AUCTIONS)

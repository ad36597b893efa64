"""What somebody may show on their profile: what is theirs. Source: docs/contexts/accounts.md."""

from sparkle_core.application.kernel.work import Work
from sparkle_core.application.shared.content import shown_posts
from sparkle_core.domain.accounts.profiles import Showcase
from sparkle_core.domain.economy.stored import THINGS
from sparkle_core.domain.kernel.errors import Fault, Invalid
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.stored import eq
from sparkle_core.domain.progression.achievements import UNLOCKS


async def show_own(work: Work, user_id: UserId, showcase: Showcase) -> None:
    """Raises `Invalid` with a fault for each badge, post and thing that is not theirs, or that nobody sees."""
    posts = await shown_posts(work, user_id, showcase.pinned_posts)
    things = await work.store.get_many(THINGS, showcase.featured_items)
    faults = []
    for n, badge in enumerate(showcase.badges):
        mine = (eq("user_id", user_id), eq("achievement", badge))
        if not await work.store.page(UNLOCKS, *mine, limit=1):
            faults.append(Fault(f"showcase.badges.{n}", "must be an achievement of yours"))
    for n, id in enumerate(showcase.pinned_posts):
        if id not in posts:
            faults.append(Fault(f"showcase.pinned_posts.{n}", "must be a post of yours that everybody sees"))
    for n, id in enumerate(showcase.featured_items):
        thing = things.get(id)
        if thing is None or thing.owner_id != user_id:
            faults.append(Fault(f"showcase.featured_items.{n}", "must be a thing that you have"))
    if faults:
        raise Invalid(tuple(faults))

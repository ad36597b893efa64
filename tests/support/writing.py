"""Posts and comments for tests, and rules that hold, block and censor a word each."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar
from uuid import UUID

from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.content import Comment, CommentsOf, CommentView, PostById, PostView, PublishPost
from sparkle_core.application.kernel.work import Work
from sparkle_core.application.rules import Rules
from sparkle_core.domain.content import Article, Content, RichText
from sparkle_core.domain.kernel.actors import ANONYMOUS, SYSTEM, SYSTEM_STANDING, Actor
from sparkle_core.domain.kernel.stored import Counter
from sparkle_core.domain.moderation.rules import Block, Censor, Effect, Hold, ModerationRules, Rule, Words
from sparkle_core.ports.store import Transaction
from tests.support.people import Somebody

R = TypeVar("R")


def _rule(word: str, effect: Effect) -> Rule:
    return Rule(id=word, condition=Words(terms=(word,)), effect=effect)


RULES = Rules(
    moderation=ModerationRules(
        rules=(
            _rule("blockme", Block(message="Not here.")),
            _rule("holdme", Hold()),
            _rule("darnit", Censor()),
        )
    )
)


def community(seed: int = 5) -> Sparkle:
    """A community whose rules know the words blockme, holdme and darnit."""
    return in_memory(seed=seed, rules=RULES)


def article(words: str) -> Article:
    return Article(body=RichText.of(words))


def publish(
    sparkle: Sparkle, author: Somebody, words: str = "How to ink.", *, content: Content | None = None, **more: Any
) -> UUID:
    """A post by somebody; answers its id."""
    command = PublishPost(title=more.pop("title", "Inks"), content=content or article(words), **more)
    return sparkle.run(command, actor=author.actor).id


def say(sparkle: Sparkle, author: Somebody, post_id: UUID, words: str = "Nice", parent_id: UUID | None = None) -> UUID:
    """A comment by somebody; answers its id."""
    return sparkle.run(Comment(post_id=post_id, text=words, parent_id=parent_id), actor=author.actor).id


def view(sparkle: Sparkle, post_id: UUID, by: Actor = ANONYMOUS) -> PostView:
    return sparkle.run(PostById(post_id=post_id), actor=by)


def thread(sparkle: Sparkle, post_id: UUID, by: Actor = ANONYMOUS) -> list[CommentView]:
    return list(sparkle.run(CommentsOf(post_id=post_id, limit=100), actor=by).items)


def within(sparkle: Sparkle, step: Callable[[Work], Coroutine[Any, Any, R]]) -> R:
    """What a shared step answers in a transaction of the system's own."""

    async def body(tx: Transaction) -> R:
        work = Work(tx.records, tx.ledger, sparkle.world.moment(), SYSTEM, SYSTEM_STANDING, None, None)
        return await step(work)

    return sparkle.run_coroutine(sparkle.store.transact(body))


def counted(sparkle: Sparkle, counter: Counter, id: UUID) -> dict[str, int]:
    """The numbers on something that are not zero."""

    async def step(work: Work) -> dict[str, int]:
        return {kind: n for (_, kind), n in (await work.store.counts(counter, [id])).items()}

    return within(sparkle, step)

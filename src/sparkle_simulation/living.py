"""A community being lived in: agents do what their profiles say, by the commands that people have in production."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import TypeVar
from uuid import UUID

from attrs import Factory, field, frozen, mutable

from sparkle_bootstrap.simulating import Simulated
from sparkle_core.application.accounts import Register, VerifyEmail
from sparkle_core.application.content import AcceptAnswer, Comment, PublishPost, React, Unreact
from sparkle_core.application.economy import (
    AcceptOffer,
    BuyItem,
    CreateItem,
    DeclineOffer,
    MakeOffer,
    RefundPurchase,
    SendTip,
)
from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.progression import ClaimQuest, QuestsOf, QuestState, VisitToday
from sparkle_core.domain.content import Article, Discussion, Question, RichText
from sparkle_core.domain.economy.trading import Side, Stake
from sparkle_core.domain.kernel.actors import SYSTEM, Actor
from sparkle_core.domain.kernel.errors import SparkleError
from sparkle_core.domain.kernel.fields import Secret, UserId
from sparkle_core.domain.progression import XP_ENTRIES
from sparkle_core.domain.progression.quests import QUEST_CLAIMS
from sparkle_simulation.measuring import Measures
from sparkle_simulation.profiles import Population, Profile
from sparkle_simulation.schedule import Deed, Party, deeds_of, drawn

R = TypeVar("R")

PASSWORD = "Kettle-4-tea"  # noqa: S105, of people whom there is not
DEEDS_A_DRAIN = 100
NOTICED_DAYS = 3
"""How long others notice a post."""
REMEMBERED = 20
"""How many of one's own likes, questions, purchases and things somebody has in mind; rings: of their posts."""
OF_A_PRICE = (60, 120)
"""What is asked for a thing in a trade, in percent of what it was bought for."""


def _bodies() -> tuple[Article | Discussion | Question, ...]:
    """What posts say: nothing here depends on it, but it is screened and kept like anything else."""
    text = "Who else saw it? I still have questions about the last scene."
    document = {
        "type": "doc",
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}],
    }
    body = RichText(document)
    return (Article(body=body), Discussion(body=body), Question(body=body))


BODIES = _bodies()


@mutable(eq=False)
class Agent:
    """Somebody: who they are to the community, and what they have in mind."""

    profile: Profile
    id: UserId
    actor: Actor
    ring: "Ring | None"
    liked: list[UUID] = Factory(list)
    questions: list["Posted"] = Factory(list)
    purchases: list[UUID] = Factory(list)
    things: list[tuple[UUID, int]] = Factory(list)


@frozen(eq=False)
class Ring:
    """People who do things for one another alone."""

    members: list[Agent] = Factory(list)
    posts: list["Posted"] = Factory(list)


@frozen(eq=False)
class Posted:
    """A post, and the comments on it with their authors."""

    id: UUID
    author: Agent
    comments: list[tuple[UUID, Agent]] = Factory(list)


@mutable(eq=False)
class Community:
    """One life of a community: begin it, live its days, then ask `measures`."""

    stage: Simulated
    population: Population
    seed: int
    measures: Measures
    agents: dict[str, list[Agent]] = Factory(dict)
    joined: int = 0
    _day: int = field(default=0, init=False)
    _noticed: list[Posted] = field(factory=list, init=False)
    _posted: list[list[Posted]] = field(factory=list, init=False)
    _goods: list[tuple[UUID, int]] = field(factory=list, init=False)

    @property
    def password(self) -> Secret[str]:
        """Everybody's: as long as the rules want it."""
        rules = self.stage.sparkle.rules.security.password
        return Secret((PASSWORD * (rules.min_length // len(PASSWORD) + 1))[: rules.max_length])

    def open_store(self) -> None:
        """Put what is sold into the catalogue; those things that have no price in points are not bought here."""
        for terms in self.population.store:
            item = self.stage.sparkle.run(CreateItem(terms=terms), actor=SYSTEM)
            if terms.price is not None:
                self._goods.append((item.id, terms.price))

    def live_day(self, parties: list[Party], on_part: Callable[[float], None]) -> None:
        """A day: some join, everybody does what they do; `on_part` is told which part of the day is over."""
        self._day += 1
        self._posted.append([])
        world = self.stage.world
        midnight = world.now
        for name, many in parties:
            self._join(name, many)
        present = {name: len(agents) for name, agents in self.agents.items()}
        deeds = deeds_of(self.population, present, self._day, self.seed)
        chance = drawn(self.seed, "choices", self._day)
        for number, deed in enumerate(deeds, start=1):
            world.advance(max(midnight + timedelta(milliseconds=deed.at_ms) - world.now, timedelta(0)))
            self._do(deed, chance)
            if number % DEEDS_A_DRAIN == 0:
                self._catch_up()
                on_part(number / len(deeds))
        self._catch_up()
        world.advance(max(midnight + timedelta(days=1) - world.now, timedelta(0)))
        self._forget()
        self.measures.end_day()

    def _do(self, deed: Deed, chance: Random) -> None:
        agent = self.agents[deed.profile][deed.who]
        with suppress(SparkleError):  # counted by the stage, with its code
            HABITS[deed.habit](self, agent, chance)

    def _catch_up(self) -> None:
        """Act on what happened, and read on in the books."""
        journal = self.stage.journal
        self.stage.drain()
        self.measures.move(journal.transfers())
        self.measures.earn(journal.entries(XP_ENTRIES))
        self.measures.complete(journal.entries(QUEST_CLAIMS))

    def _forget(self) -> None:
        """Posts of some days ago are noticed no more."""
        if len(self._posted) >= NOTICED_DAYS:
            del self._noticed[: len(self._posted.pop(0))]

    def run(self, agent: Agent, command: Command[R]) -> R:
        """Something that somebody does."""
        return self.stage.sparkle.run(command, actor=agent.actor)

    def _join(self, name: str, many: int) -> None:
        """Some join together; of a ring, all but the first name the first one's code. Then they prove their address."""
        profile, sparkle = self.population.profiles[name], self.stage.sparkle
        chance = drawn(self.seed, "joining", self.joined)
        ring = Ring() if profile.ring else None
        code = None if ring else self._a_code(chance)
        emails = []
        for _ in range(many):
            self.joined += 1
            emails.append(f"p{self.joined}@example.org")
            register = Register(
                email=emails[-1],
                username=f"{name}_{self.joined}",
                password=self.password,
                agree_to_terms=True,
                referral_code=code,
            )
            registered = sparkle.run(register)
            agent = Agent(profile, registered.id, registered.actor, ring)
            self.agents.setdefault(name, []).append(agent)
            self.measures.join(agent.id, name, self.stage.world.now)
            if ring is not None:
                ring.members.append(agent)
                code = code or self.stage.referral_code(agent.id)
        self._catch_up()
        for email in emails:
            sparkle.run(VerifyEmail(email=email, code=Secret(sparkle.mailbox.latest(email).code)))

    def _a_code(self, chance: Random) -> str | None:
        """Whose code somebody who comes by themselves names, if any."""
        if self._day == 1 or chance.randrange(100) >= self.population.referred_percent:
            return None
        profiles = self.population.profiles
        names = [name for name, agents in self.agents.items() if agents and profiles[name].brings]
        weights = [len(self.agents[name]) * profiles[name].brings for name in names]
        if not names:
            return None
        brought_by = chance.choice(self.agents[chance.choices(names, weights)[0]])
        return self.stage.referral_code(brought_by.id)

    def _seen(self, agent: Agent, chance: Random) -> Posted | None:
        """A post that somebody comes across: of their ring, or of what is noticed these days."""
        posts = agent.ring.posts if agent.ring else self._noticed
        return chance.choice(posts) if posts else None

    def _somebody(self, agent: Agent, chance: Random) -> Agent | None:
        """Somebody else, in the ring or behind a post."""
        if agent.ring is not None:
            others = [other for other in agent.ring.members if other is not agent]
            return chance.choice(others) if others else None
        post = self._seen(agent, chance)
        return post.author if post is not None and post.author is not agent else None

    def publish(self, agent: Agent, chance: Random) -> None:
        content = BODIES[chance.randrange(3)]
        post = Posted(self.run(agent, PublishPost(title="After the premiere", content=content)).id, agent)
        if isinstance(content, Question):
            _remember(agent.questions, post)
        if agent.ring is not None:
            _remember(agent.ring.posts, post)
        shown = [post] * agent.profile.appeal
        self._noticed += shown
        self._posted[-1] += shown

    def comment(self, agent: Agent, chance: Random) -> None:
        post = self._seen(agent, chance)
        if post is not None:
            said = self.run(agent, Comment(post_id=post.id, text="I saw it the same way."))
            post.comments.append((said.id, agent))

    def like(self, agent: Agent, chance: Random) -> None:
        """A post, or now and then a comment on it."""
        post = self._seen(agent, chance)
        if post is not None:
            on_comment = post.comments and chance.randrange(100) < 30
            target = chance.choice(post.comments)[0] if on_comment else post.id
            self.run(agent, React(target_id=target))
            _remember(agent.liked, target)

    def unlike(self, agent: Agent, chance: Random) -> None:
        if agent.liked:
            self.run(agent, Unreact(target_id=agent.liked.pop(chance.randrange(len(agent.liked)))))

    def accept(self, agent: Agent, chance: Random) -> None:
        """An answer by somebody else to a question of one's own."""
        if agent.questions:
            question = agent.questions.pop(chance.randrange(len(agent.questions)))
            answers = [id for id, author in question.comments if author is not agent]
            if answers:
                self.run(agent, AcceptAnswer(post_id=question.id, comment_id=chance.choice(answers)))

    def tip(self, agent: Agent, chance: Random) -> None:
        amount = self.measures.points(agent.id) * agent.profile.tip_percent // 100
        other = self._somebody(agent, chance)
        if amount and other is not None:
            self.run(agent, SendTip(to=other.id, amount=amount))

    def buy(self, agent: Agent, chance: Random) -> None:
        if item := self._affordable(agent, chance):
            bought = self.run(agent, BuyItem(item_id=item[0]))
            _remember(agent.purchases, bought.id)
            agent.things += [(thing, item[1]) for thing in bought.things]
            del agent.things[:-REMEMBERED]

    def give(self, agent: Agent, chance: Random) -> None:
        """Something from the store, as a gift."""
        other, item = self._somebody(agent, chance), self._affordable(agent, chance)
        if other is not None and item is not None:
            given = self.run(agent, BuyItem(item_id=item[0], gift_to=other.id))
            other.things += [(thing, item[1]) for thing in given.things]

    def _affordable(self, agent: Agent, chance: Random) -> tuple[UUID, int] | None:
        points = self.measures.points(agent.id)
        goods = [item for item in self._goods if item[1] <= points]
        return chance.choice(goods) if goods else None

    def refund(self, agent: Agent, chance: Random) -> None:
        """The last purchase; who waited for too long, or gave it away, is refused."""
        if agent.purchases:
            self.run(agent, RefundPurchase(purchase_id=agent.purchases.pop()))

    def trade(self, agent: Agent, chance: Random) -> None:
        """A thing for points; the other takes it when they can pay."""
        other = self._somebody(agent, chance)
        if other is None or not agent.things:
            return
        thing, price = agent.things.pop(chance.randrange(len(agent.things)))
        asked = max(1, price * chance.randint(*OF_A_PRICE) // 100)
        gives, asks = Side(things=(Stake(thing_id=thing),)), Side(points=asked)
        offer = self.run(agent, MakeOffer(to=other.id, gives=gives, asks=asks))
        if self.measures.points(other.id) < asked:
            self.run(other, DeclineOffer(offer_id=offer.id))
            agent.things.append((thing, price))
        else:
            self.run(other, AcceptOffer(offer_id=offer.id))
            other.things.append((thing, price))

    def visit(self, agent: Agent, chance: Random) -> None:
        self.run(agent, VisitToday())

    def claim(self, agent: Agent, chance: Random) -> None:
        """All that is finished and not taken yet."""
        for quest in self.stage.sparkle.run(QuestsOf(user_id=agent.id), actor=agent.actor):
            if quest.state is QuestState.FINISHED:
                self.run(agent, ClaimQuest(quest=quest.name, period=quest.period))


Habit = Callable[[Community, Agent, Random], None]

HABITS: Mapping[str, Habit] = {
    "posts": Community.publish,
    "comments": Community.comment,
    "likes": Community.like,
    "unlikes": Community.unlike,
    "accepts": Community.accept,
    "tips": Community.tip,
    "purchases": Community.buy,
    "refunds": Community.refund,
    "gifts": Community.give,
    "offers": Community.trade,
    "visits": Community.visit,
    "claims": Community.claim,
}
"""Each habit of `profiles.HABITS`, and what it does."""


def _remember(remembered: list[R], one: R) -> None:
    """Keep the newest few."""
    remembered.append(one)
    del remembered[:-REMEMBERED]

"""What happens in the demo community, and when: drawn from a seed, before any of it is done."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from random import Random

from attrs import field, frozen, mutable

from sparkle_cli.demo.articles import ARTICLES
from sparkle_cli.demo.discussions import DISCUSSIONS
from sparkle_cli.demo.questions import QUESTIONS
from sparkle_cli.demo.talk import ANSWER_REPLIES, COMMENTS, REPLIES, REPORT_NOTES, RUDE, SPAM, TAILS
from sparkle_cli.demo.writing import Deck, DemoPerson, DemoPost, Feed, People, filled
from sparkle_core.domain.kernel.actors import Role
from sparkle_core.domain.moderation.reasons import ReportReason

MEMBER, MODERATOR = 0, 1
"""The first two people: the ones whose logins are told."""
DAYS = 30
TIPS_AT_MOST = 60
"""What one person gives away: less than the welcome bonus, so that it is always theirs to give."""


@frozen
class Join:
    """Somebody joins and fills in their profile."""

    person: int
    role: Role = Role.USER


@frozen
class Publish:
    """Somebody posts."""

    post: int
    author: int


@frozen
class Say:
    """Somebody comments, or replies to a comment."""

    comment: int
    author: int
    post: int
    parent: int | None
    text: str


@frozen
class Accept:
    """Whoever asked accepts an answer."""

    author: int
    post: int
    comment: int


@frozen
class Like:
    """Somebody reacts to a post, or to one of its comments."""

    person: int
    post: int
    comment: int | None
    reaction: str


@frozen
class Tip:
    """Somebody gives somebody points."""

    number: int
    person: int
    to: int
    amount: int


@frozen
class Award:
    """A weekly challenge is won."""

    person: int
    week: int


@frozen
class Complain:
    """Somebody reports a comment."""

    person: int
    comment: int
    reason: ReportReason
    note: str


@frozen
class Judge:
    """The moderator decides the case that waits at the top."""


Deed = Join | Publish | Say | Accept | Like | Tip | Award | Complain | Judge


@frozen
class Plan:
    """Who there is, what they write, and every deed with how long after the start it happens, in order."""

    people: tuple[DemoPerson, ...]
    posts: tuple[DemoPost, ...]
    deeds: tuple[tuple[timedelta, Deed], ...]


def planned(people: int, seed: int, *, member: str, moderator: str) -> Plan:
    """The demo of a number of people (3 or more). The same seed gives the same plan."""
    drawing = _Drawing(Random(seed))
    drawing.join(people, member, moderator)
    drawing.publish()
    drawing.talk()
    drawing.misbehave()
    drawing.react()
    drawing.tip()
    drawing.award()
    deeds = sorted(drawing.deeds, key=lambda d: d[0])
    return Plan(tuple(drawing.people), tuple(drawing.posts), tuple(deeds))


@frozen
class _Said:
    number: int
    author: int
    post: int
    at: timedelta


@mutable
class _Drawing:
    """A plan being drawn."""

    random: Random
    people: list[DemoPerson] = field(factory=list)
    joined: list[timedelta] = field(factory=list)
    posts: list[DemoPost] = field(factory=list)
    published: list[tuple[int, timedelta]] = field(factory=list)
    said: list[_Said] = field(factory=list)
    deeds: list[tuple[timedelta, Deed]] = field(factory=list)
    numbers: Iterator[int] = field(factory=count)
    tails: Deck[str] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.tails = Deck(TAILS, self.random)

    def join(self, many: int, member: str, moderator: str) -> None:
        source = People(self.random)
        for i in range(many):
            self.people.append(source.person({MEMBER: member, MODERATOR: moderator}.get(i)))
            self.joined.append(timedelta(minutes=i) if i <= MODERATOR else self._within(timedelta(hours=1), 20))
            role = Role.MODERATOR if i == MODERATOR else Role.CREATOR if i % 8 == 5 else Role.USER
            self.deeds.append((self.joined[i], Join(i, role)))

    def publish(self) -> None:
        feed = Feed((*DISCUSSIONS, *QUESTIONS, *ARTICLES), self.random)
        for number in range(len(self.people) + 1):
            author = self.random.randrange(len(self.people))
            at = self._within(self.joined[author] + timedelta(minutes=20), DAYS - 0.2)
            self.posts.append(feed.post(self.people[author].town))
            self.published.append((author, at))
            self.deeds.append((at, Publish(number, author)))

    def talk(self) -> None:
        general, replies, thanks = (Deck(d, self.random) for d in (COMMENTS, REPLIES, ANSWER_REPLIES))
        for number, (post, (author, at)) in enumerate(zip(self.posts, self.published, strict=True)):
            answers = list(post.topic.answers[1:] if post.kind == "QUESTION" else post.topic.answers)
            self.random.shuffle(answers)
            thread: list[_Said] = []
            spoken = {author}
            if post.kind == "QUESTION" and (best := self._say(number, at, None, post.topic.answers[0], {author})):
                thread.append(best)
                spoken.add(best.author)
                after = best.at + self._delay(4)
                if self._in_time(after):
                    self.deeds.append((after, Accept(author, number, best.number)))
                    self._say(number, after, best, thanks.draw(), {best.author}, by=author)
            for _ in range(self.random.choice((0, 1, 2, 3, 3, 4, 5, 7))):
                parent = self.random.choice(thread) if thread and self.random.random() < 0.4 else None
                text = replies.draw() if parent else answers.pop() if answers else general.draw()
                after, but = (parent.at, {parent.author}) if parent else (at, spoken)
                if comment := self._say(number, after, parent, text, but):
                    thread.append(comment)
                    spoken.add(comment.author)

    def misbehave(self) -> None:
        """One person advertises, one is rude; others report it, and the moderator decides what is on top."""
        if len(self.people) < 6:
            return
        spammer, rude, *others = self.random.sample(range(2, len(self.people)), min(6, len(self.people) - 2))
        for text in SPAM[:2]:
            self._intrude(spammer, text)
        insult = self._intrude(rude, self.random.choice(RUDE))
        for person, note in zip((MEMBER, *others), REPORT_NOTES["HARASSMENT"], strict=False):
            at = max(insult.at, self.joined[person]) + timedelta(minutes=self.random.randint(5, 50))
            self.deeds.append((at, Complain(person, insult.number, ReportReason.HARASSMENT, note)))
        self.deeds.append((timedelta(days=DAYS, hours=-1), Judge()))

    def react(self) -> None:
        for person in range(len(self.people)):
            for _ in range(self.random.randint(2, 9)):
                comment = self.random.choice(self.said) if self.random.random() < 0.4 else None
                post = comment.post if comment else self.random.randrange(len(self.posts))
                author, published = self.published[post]
                if person == (comment.author if comment else author):
                    continue
                at = max(comment.at if comment else published, self.joined[person]) + self._delay(12)
                if self._in_time(at):
                    kind = self.random.choice(("LIKE",) * 6 + ("LOVE", "LAUGH", "WOW"))
                    self.deeds.append((at, Like(person, post, comment.number if comment else None, kind)))

    def tip(self) -> None:
        given = [0] * len(self.people)
        for number in range(len(self.people) // 2 + 1):
            person, (author, at) = self.random.randrange(len(self.people)), self.random.choice(self.published)
            amount, at = self.random.choice((5, 5, 10, 10, 15, 20, 25)), max(at, self.joined[person]) + self._delay(6)
            if person == author or given[person] + amount > TIPS_AT_MOST or not self._in_time(at):
                continue
            given[person] += amount
            self.deeds.append((at, Tip(number, person, author, amount)))

    def award(self) -> None:
        for week in range(1, 5):
            at = timedelta(days=7 * week)
            there = [p for p, joined in enumerate(self.joined) if joined < at]
            for person in self.random.sample(there, max(1, len(there) // 12)):
                self.deeds.append((at, Award(person, week)))

    def _say(
        self, post: int, at: timedelta, parent: _Said | None, text: str, but: set[int], *, by: int | None = None
    ) -> _Said | None:
        """A comment by anybody but some, or by somebody in particular; None where nobody is left to say it."""
        at += self._delay(6)
        there = [p for p, joined in enumerate(self.joined) if joined < at and p not in but]
        if not there or not self._in_time(at):
            return None
        minute = f"{self.random.randint(1, 22)}:{self.random.randint(0, 59):02}"
        names = self.posts[post].names | {"minute": minute}
        if parent is not None:
            names["name"] = self.people[parent.author].first_name
        said = _Said(next(self.numbers), self.random.choice(there) if by is None else by, post, at)
        self.said.append(said)
        names["home"] = self.people[said.author].town
        if self.random.random() < 0.45:
            text = f"{text} {self.tails.draw()}"
        line = Say(said.number, said.author, post, parent.number if parent else None, filled(text, names))
        self.deeds.append((at, line))
        return said

    def _intrude(self, person: int, text: str) -> _Said:
        """A comment under some post, that nobody likes or answers."""
        post = self.random.randrange(len(self.posts))
        at = max(self.published[post][1], self.joined[person]) + timedelta(minutes=self.random.randint(5, 50))
        said = _Said(next(self.numbers), person, post, at)
        self.deeds.append((at, Say(said.number, person, post, None, text)))
        return said

    def _within(self, start: timedelta, until_day: float) -> timedelta:
        return start + (timedelta(days=until_day) - start) * self.random.random()

    def _delay(self, mean_hours: float) -> timedelta:
        return timedelta(hours=min(self.random.expovariate(1 / mean_hours), 72), seconds=30)

    def _in_time(self, at: timedelta) -> bool:
        return at < timedelta(days=DAYS, hours=-1)

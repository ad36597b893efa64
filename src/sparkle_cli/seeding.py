"""Filling a database with the demo community, through the same commands as anybody's."""

import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar, TypeVar
from uuid import UUID

from attrs import field, mutable
from cyclopts import Parameter
from cyclopts.validators import Number

from sparkle_bootstrap.operating import Staged, staged
from sparkle_cli.demo import plan as deeds
from sparkle_cli.demo.plan import DAYS, MEMBER, MODERATOR, Deed, Plan, planned
from sparkle_cli.demo.writing import DemoPerson
from sparkle_cli.options import DatabaseUrl, Json, RulesFile, Whole, settings_of
from sparkle_cli.output import bar, tell, tell_json, tell_table
from sparkle_core.application.accounts import ChangeRole, EditProfile, Register, RequestEmailCode, VerifyEmail
from sparkle_core.application.content import AcceptAnswer, Comment, PublishPost, React
from sparkle_core.application.economy import SendTip
from sparkle_core.application.kernel.commands import Command, Query
from sparkle_core.application.moderation import ClaimCase, Decide, OpenCases, ReportContent
from sparkle_core.application.progression import AwardXp
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts.profiles import SocialHandles
from sparkle_core.domain.content import Article, Discussion, Question, RichText
from sparkle_core.domain.kernel.actors import SYSTEM, Actor, Role
from sparkle_core.domain.kernel.errors import Conflict, Forbidden, Taken, Unavailable
from sparkle_core.domain.kernel.fields import Secret, UserId
from sparkle_core.domain.moderation.decisions import Action
from sparkle_core.domain.moderation.reasons import ReportReason
from sparkle_core.domain.moderation.targets import TargetType

R = TypeVar("R")

DEMO_USERNAME, MODERATOR_USERNAME = "demo", "demo_mod"
PASSWORD = "Kettle-whistles-4-tea"  # noqa: S105, everybody may know it: never seeded in production
WRITTEN: dict[str, type[Article | Discussion | Question]] = {
    "ARTICLE": Article,
    "DISCUSSION": Discussion,
    "QUESTION": Question,
}
CODES_ASKED_FOR = 3
"""How often a mailed code may go to another worker before we give up."""
DEEDS_A_DRAIN = 100


class DemoInProduction(Forbidden):
    """The demo is for development: its people share a password that everybody knows."""

    code: ClassVar[str] = "demo_in_production"


class SeededAlready(Conflict):
    """The demo community is here already; for another one, name a fresh --database-url or remove the old database."""

    code: ClassVar[str] = "seeded_already"


def seed(
    *,
    people: Annotated[Whole, Parameter(help="How many join.", validator=Number(gte=3, lte=20_000))] = 40,
    seed: Annotated[Whole, Parameter(help="The same seed makes up the same people and the same words.")] = 1,
    rules: RulesFile = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Fill the database with a lively demo community of people who joined, posted and talked over the last 30 days.

    Everything goes through the same commands as anybody's. Development only, and once a database: all demo people
    share one password, which is printed.
    """
    settings = settings_of(database_url)
    if settings.environment != "development":
        raise DemoInProduction
    began = time.monotonic()
    plan = planned(people, seed, member=DEMO_USERNAME, moderator=MODERATOR_USERNAME)
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=DAYS)
    stage = staged(settings.url, seed=seed, start=start, settings=settings, rules=Rules.load(rules) if rules else None)
    with stage.sparkle, bar("Thirty days of fan life", len(plan.deeds), quiet=json) as on_deed:
        done = _Seeding(stage, plan).run(on_deed)
    logins = {"member": plan.people[MEMBER].email, "moderator": plan.people[MODERATOR].email}
    if json:
        tell_json({"seed": seed, "done": done, "logins": logins, "password": PASSWORD})
        return
    tell_table(("what", "how many"), done.items(), numbers=("how many",))
    tell(f"Seeded in {time.monotonic() - began:.1f} s. Log in as {logins['member']} or, to moderate,")
    tell(f"{logins['moderator']}; everybody's password is {PASSWORD}")


@mutable
class _Seeding:
    """A plan being carried out."""

    stage: Staged
    plan: Plan
    actors: dict[int, Actor] = field(factory=dict)
    posts: dict[int, UUID] = field(factory=dict)
    comments: dict[int, UUID] = field(factory=dict)

    def run(self, on_deed: Callable[[int], None]) -> dict[str, int]:
        """Do every deed in its time; answers how many of each."""
        sparkle, world = self.stage.sparkle, self.stage.world
        start = world.now
        done: Counter[str] = Counter()
        for number, (after, deed) in enumerate(self.plan.deeds, start=1):
            world.advance(max(start + after - world.now, timedelta(0)))
            self._do(deed)
            done[NAMES[type(deed)]] += 1
            if number % DEEDS_A_DRAIN == 0:
                sparkle.run_coroutine(sparkle.drain())
            on_deed(number)
        sparkle.run_coroutine(sparkle.drain())
        sparkle.run_coroutine(sparkle.seal())
        return dict(done)

    def _do(self, deed: Deed) -> None:
        match deed:
            case deeds.Join():
                self._join(deed)
            case deeds.Judge():
                self._judge()
            case deeds.Publish():
                self.posts[deed.post] = self._as(deed.author, self._publishing(deed)).id
            case deeds.Say():
                self.comments[deed.comment] = self._as(deed.author, self._saying(deed)).id
            case deeds.Accept():
                accept = AcceptAnswer(post_id=self.posts[deed.post], comment_id=self.comments[deed.comment])
                self._as(deed.author, accept)
            case deeds.Like():
                target = self.posts[deed.post] if deed.comment is None else self.comments[deed.comment]
                self._as(deed.person, React(target_id=target, reaction=deed.reaction))
            case deeds.Tip():
                self._as(deed.person, SendTip(to=self._id(deed.to), amount=deed.amount), key=f"demo-{deed.number}")
            case deeds.Award():
                subject = f"week-{deed.week}"
                award = AwardXp(user_id=self._id(deed.person), amount=50, source="challenge", subject=subject)
                self.stage.sparkle.run(award, actor=SYSTEM)
            case deeds.Complain():
                self._as(deed.person, self._reporting(deed))

    def _as(self, person: int, command: Command[R] | Query[R], *, key: str | None = None) -> R:
        return self.stage.sparkle.run(command, actor=self.actors[person], key=key)

    def _id(self, person: int) -> UserId:
        user_id = self.actors[person].user_id
        assert user_id is not None, "everybody here has registered"
        return user_id

    def _publishing(self, deed: deeds.Publish) -> PublishPost:
        post = self.plan.posts[deed.post]
        return PublishPost(title=post.title, content=WRITTEN[post.kind](body=RichText(post.document)), tags=post.tags)

    def _saying(self, deed: deeds.Say) -> Comment:
        parent = None if deed.parent is None else self.comments[deed.parent]
        return Comment(post_id=self.posts[deed.post], parent_id=parent, text=deed.text)

    def _reporting(self, deed: deeds.Complain) -> ReportContent:
        target_id = self.comments[deed.comment]
        return ReportContent(target_type=TargetType.COMMENT, target_id=target_id, reason=deed.reason, note=deed.note)

    def _join(self, deed: deeds.Join) -> None:
        run, person = self.stage.sparkle.run, self.plan.people[deed.person]
        try:
            joined = run(self._registering(person, person.username))
        except Taken:
            if deed.person in (MEMBER, MODERATOR):
                raise SeededAlready from None
            joined = run(self._registering(person, None))  # somebody real has the name: the next free one, then
        self._verify(person.email)
        self.actors[deed.person] = joined.actor
        profile = EditProfile(
            display_name=person.display_name,
            bio=person.bio,
            location=person.town,
            locale=person.locale,
            interests=person.interests,
            social=SocialHandles(youtube=person.youtube),
        )
        run(profile, actor=joined.actor)
        if deed.role is not Role.USER:
            run(ChangeRole(user_id=joined.id, role=deed.role), actor=SYSTEM)

    def _registering(self, person: DemoPerson, username: str | None) -> Register:
        return Register(email=person.email, username=username, password=Secret(PASSWORD), agree_to_terms=True)

    def _verify(self, email: str) -> None:
        sparkle = self.stage.sparkle
        for _ in range(CODES_ASKED_FOR):
            sparkle.run_coroutine(sparkle.drain())
            try:
                letter = sparkle.mailbox.latest(email)
            except LookupError:  # a server beside us was faster at taking it: ask for another
                sparkle.run(RequestEmailCode(email=email))
            else:
                sparkle.run(VerifyEmail(email=email, code=Secret(letter.code)))
                return
        raise Unavailable("the mail, which a server beside us keeps taking; stop it while seeding, and this")

    def _judge(self) -> None:
        waiting = self._as(MODERATOR, OpenCases(limit=1)).items
        for case in waiting:
            self._as(MODERATOR, ClaimCase(case_id=case.id))
            ground = ReportReason.HARASSMENT if case.reports else ReportReason.SPAM
            reason = (
                "Reported, and rightly so: it attacks a person."
                if case.reports
                else "Advertising for bought followers."
            )
            self._as(MODERATOR, Decide(case_id=case.id, action=Action.REMOVE, ground=ground, reason=reason))


NAMES = {
    deeds.Join: "people",
    deeds.Publish: "posts",
    deeds.Say: "comments",
    deeds.Accept: "accepted answers",
    deeds.Like: "reactions",
    deeds.Tip: "tips",
    deeds.Award: "challenges won",
    deeds.Complain: "reports",
    deeds.Judge: "decisions",
}

"""schemathesis over the whole OpenAPI document: no 5xx, and nothing that the document does not say."""

from itertools import count
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from sparkle_core.application.content import Comment, PublishPost
from sparkle_core.application.moderation import Appeal, Decide, ReportContent
from sparkle_core.domain.content import Article, RichText
from sparkle_core.domain.kernel.actors import Role
from sparkle_core.domain.moderation.decisions import Action
from sparkle_core.domain.moderation.reasons import ReportReason
from sparkle_core.domain.moderation.targets import TargetType
from tests.integration.web_community import Community, Member

CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
WRITES_A_DOCUMENT = {"POST /api/v1/posts", "PATCH /api/v1/posts/{post_id}"}
"""Whose bodies hold documents within documents, which take long to make up."""
BOUNDED = settings(deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
ENDS_THE_SESSION = {"DELETE /api/v1/me", "DELETE /api/v1/sessions/current"}
NEED_MORE_THAN_CHANCE = {
    "POST /api/v1/sign-up",
    "POST /api/v1/sessions",
    "POST /api/v1/me/guardian",
    "POST /api/v1/guardian/consent",
    "POST /api/v1/guardian/withdrawal",
    "POST /api/v1/email/verification",
    "POST /api/v1/email/code",
    "POST /api/v1/password/reset-request",
    "POST /api/v1/password/reset",
    "POST /api/v1/sessions/current/proof",
    "POST /api/v1/sessions/second-factor",
    "POST /api/v1/me/two-factor/confirmation",
    "POST /api/v1/me/two-factor/removal",
    "POST /api/v1/me/two-factor/backup-codes",
    "PUT /api/v1/me/password",
    "PUT /api/v1/me/email",
    "POST /api/v1/me/email/confirmation",
    "POST /api/v1/sessions/provider",
    "POST /api/v1/sign-up/provider",
    "POST /api/v1/sessions/current/proof/provider",
    "POST /api/v1/me/providers",
    "POST /api/v1/sessions/passkey",
    "POST /api/v1/sessions/current/proof/passkey",
    "POST /api/v1/me/passkeys",
    "POST /api/v1/offers",
    *WRITES_A_DOCUMENT,
}
"""Operations that get no further with made-up email addresses, documents or trades, or want one of several fields."""

NOTHING_TO_GET_WRONG = {"GET /api/v1/providers", "POST /api/v1/sessions/passkey/challenges"}
"""Operations that take nothing, from anybody."""

_numbers = count()


class Town:
    """A community, callers of each kind, and things that are there to be found."""

    def __init__(self) -> None:
        self.community = Community()
        self.callers: dict[Role | None, Member] = {r: self.newcomer(r) for r in (Role.USER, Role.MODERATOR, Role.ADMIN)}
        self.known = self._written()

    def _written(self) -> dict[str, str]:
        """What there is: a post, reported; a comment, reported, removed and appealed for."""
        run, author, reader = self.community.sparkle.run, self.newcomer(Role.USER), self.newcomer(Role.USER)
        words = Article(body=RichText.of("Two cups of flour, one of water."))
        post = run(PublishPost(title="Bread", content=words), actor=author.actor)
        said = run(Comment(post_id=post.id, text="And salt."), actor=author.actor)
        spam = ReportReason.SPAM
        open_case = run(ReportContent(target_type=TargetType.POST, target_id=post.id, reason=spam), actor=reader.actor)
        case = run(ReportContent(target_type=TargetType.COMMENT, target_id=said.id, reason=spam), actor=reader.actor)
        remove = Decide(case_id=case.case_id, action=Action.REMOVE, ground=spam, reason="Not about bread.")
        decision = run(remove, actor=self.newcomer(Role.MODERATOR).actor)
        appeal = run(Appeal(decision_id=decision.id, text="It was."), actor=author.actor)
        ids = {
            "user_id": author.id,
            "to": author.id,
            "author_id": author.id,
            "post_id": post.id,
            "comment_id": said.id,
            "target_id": post.id,
            "case_id": open_case.case_id,
            "decision_id": decision.id,
            "appeal_id": appeal.id,
        }
        others = {"username": author.username, "reaction": "LIKE", "provider": "google"}
        return {name: str(id) for name, id in ids.items()} | others

    def newcomer(self, role: Role) -> Member:
        return self.community.member(f"somebody_{next(_numbers)}", role)

    def headers(self, role: Role | None, label: str) -> dict[str, str]:
        """Who calls; somebody new where the call is the last that they can make."""
        if role is None:
            return {}
        return (self.newcomer(role) if label in ENDS_THE_SESSION else self.callers[role]).headers


TOWN = Town()
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", TOWN.community.app)
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations() if isinstance(found, Ok)]


def called(case: Any, role: Role | None, label: str) -> int:
    """Make a call, hold it against the document, and answer its status."""
    return int(case.call_and_validate(headers=TOWN.headers(role, label), checks=CHECKS).status_code)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_what_the_document_allows_is_answered_as_it_says(operation: Any) -> None:
    seen: set[int] = set()

    @settings(BOUNDED, max_examples=4 if operation.label in WRITES_A_DOCUMENT else 10)
    @given(operation.as_strategy(generation_mode=GenerationMode.POSITIVE), st.sampled_from(list(TOWN.callers)))
    def holds(case: Any, role: Role) -> None:
        for part in (case.path_parameters, case.body):
            if isinstance(part, dict):
                part.update({name: TOWN.known[name] for name in part.keys() & TOWN.known.keys()})
        seen.add(called(case, role, operation.label))

    holds()
    assert seen - {400, 401, 422} or operation.label in NEED_MORE_THAN_CHANCE, "everything was refused at the door"


@pytest.mark.parametrize(
    "operation", [o for o in OPERATIONS if o.label not in NOTHING_TO_GET_WRONG], ids=lambda operation: operation.label
)
def test_what_the_document_does_not_allow_is_refused(operation: Any) -> None:
    @settings(BOUNDED, max_examples=2 if operation.label in WRITES_A_DOCUMENT else 8)
    @given(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE), st.sampled_from([None, *TOWN.callers]))
    def holds(case: Any, role: Role | None) -> None:
        called(case, role, operation.label)

    holds()

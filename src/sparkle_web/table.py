"""Delivery is a table: each row says which request a method on a path stands for."""

from collections.abc import Callable
from typing import Any, Literal, get_origin

from attrs import field, frozen, has

from sparkle_core.application.accounts import LoggedIn
from sparkle_core.application.kernel.commands import Query, answer_of
from sparkle_core.application.shared.archives import Archive
from sparkle_core.domain.kernel.fields import hints_of

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

PREFIX = "/api/v1"
"""What every path of the table is under; within it, only additions are made."""

EXPECTED_VERSION = "expected_version"
"""A request's field of this name comes from If-Match, and from nowhere else."""


@frozen(kw_only=True)
class Csv:
    """How a list is sent to who prefers `text/csv`: all of it, page by page, as a file.

    `rows`: the items of a page as lines, for the request that asked. `file_name`: ASCII, without quotes.
    """

    header: str
    rows: Callable[[Any, Any], str]
    file_name: Callable[[Any], str]


@frozen(kw_only=True)
class Row:
    """One line of the table.

    `says`: answer this status word and nothing of what the use case answered. `location`: where
    what was created is found: another path of the table, as a template over the answer's fields.
    `csv`: how a list is sent to spreadsheets.
    """

    method: Method
    path: str
    request: type
    status: int
    says: str | None = None
    location: str | None = None
    csv: Csv | None = None
    path_fields: frozenset[str] = field(init=False)

    @path_fields.default
    def _path_fields(self) -> frozenset[str]:
        return frozenset(part[1:-1] for part in self.path.split("/") if part.startswith("{"))

    def __attrs_post_init__(self) -> None:
        unknown = self.path_fields - hints_of(self.request).keys()
        if unknown:
            raise TypeError(f"{self.path}: {self.request.__name__} has no field {', '.join(sorted(unknown))}")

    @property
    def answer(self) -> Any:
        """The answer's type."""
        return answer_of(self.request)

    @property
    def starts_session(self) -> bool:
        """Whether the answer has a session's token, which a browser may have in a cookie."""
        return self.answer is LoggedIn

    @property
    def sends_file(self) -> bool:
        """Whether the answer is a file, sent as it is."""
        return self.answer is Archive

    @property
    def is_query(self) -> bool:
        return issubclass(self.request, Query)

    @property
    def takes_version(self) -> bool:
        return EXPECTED_VERSION in hints_of(self.request)

    @property
    def has_version(self) -> bool:
        """Whether the answer says a version, and so gets an ETag."""
        kind = get_origin(self.answer) or self.answer
        return has(kind) and "version" in hints_of(kind)

    @property
    def takes_body(self) -> bool:
        """Whether the fields that are not in the path come as a JSON body; else as a query string."""
        return self.method in ("POST", "PUT", "PATCH")


def command(
    method: Literal["POST", "PUT", "PATCH", "DELETE"],
    path: str,
    request: type,
    *,
    status: int | None = None,
    says: str | None = None,
    location: str | None = None,
) -> Row:
    """A row for a command; 204 when it answers nothing, otherwise 200 unless said."""
    if status is None:
        status = 204 if answer_of(request) is type(None) and says is None else 200
    return Row(method=method, path=path, request=request, status=status, says=says, location=location)


def query(method: Literal["GET"], path: str, request: type, *, csv: Csv | None = None) -> Row:
    """A row for a query."""
    return Row(method=method, path=path, request=request, status=200, csv=csv)

"""OpenAPI 3.1 from the table: paths from its rows, schemas from the attrs types, words from their docstrings."""

import inspect
import re
from collections.abc import Iterable
from http import HTTPStatus
from importlib import import_module

from sparkle_adapters.json_schema import JsonSchemas, Schema, unwrapped
from sparkle_core import __version__
from sparkle_core.application.kernel.commands import UseCase
from sparkle_core.domain.kernel.actors import ANONYMOUS_MAY
from sparkle_core.domain.kernel.fields import hints_of
from sparkle_web.browsers import COOKIE, BrowserSession
from sparkle_web.problems import MEDIA_TYPE
from sparkle_web.table import EXPECTED_VERSION, PREFIX, Row

REFER = "#/components/schemas/"

_APPLICATION = "sparkle_core.application"
_LICENSE = {"name": "MIT", "identifier": "MIT"}

ABOUT = """The rules of a creator community over HTTP.

Sign in with `POST /api/v1/sessions` and send the token as `Authorization: Bearer …`. A browser asks for a cookie
instead (`Sparkle-Session: cookie`), and sends the session's CSRF token as `X-CSRF-Token` with whatever is no GET.
Every error is a problem (RFC 9457) with a stable `code`; an invalid request lists every faulty field under `faults`.
Commands take an `Idempotency-Key`: sending one again with the same key changes nothing and answers the same, for
24 hours."""

_IDEMPOTENCY_KEY: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Makes repeating this harmless: the same key answers what it answered before, for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"},
}
_SESSION_IN_COOKIE: Schema = {
    "name": "Sparkle-Session",
    "in": "header",
    "description": "For browsers: keep the token in a cookie that no script reads, and answer the CSRF token instead.",
    "schema": {"const": "cookie"},
}
_IF_MATCH: Schema = {
    "name": "If-Match",
    "in": "header",
    "description": "The ETag of the version you saw; 412 when somebody changed it since.",
    "schema": {"type": "string", "pattern": r'^(\*|"[0-9]{1,18}(-[0-9a-f]+)?")$'},
}
_IF_NONE_MATCH: Schema = {
    "name": "If-None-Match",
    "in": "header",
    "description": "An ETag you hold; 304 without a body while it is still right.",
    "schema": {"type": "string"},
}
_WHOLE: Schema = {"type": "integer", "minimum": 0}
_HEADERS: dict[str, Schema] = {
    "Content-Disposition": {
        "description": "Of text/csv: that it is a file, and its name.",
        "schema": {"type": "string"},
    },
    "ETag": {"description": 'The version, as an entity tag such as "3".', "schema": {"type": "string"}},
    "Location": {"description": "Where what was created is found.", "schema": {"type": "string"}},
    "RateLimit-Limit": {"description": "How many calls the window allows.", "schema": _WHOLE},
    "RateLimit-Remaining": {"description": "How many of them are left.", "schema": _WHOLE},
    "RateLimit-Reset": {"description": "Seconds until the window starts anew.", "schema": _WHOLE},
    "Retry-After": {"description": "Seconds to wait before trying again.", "schema": _WHOLE},
    "Set-Cookie": {"description": "The session's token, where a cookie was asked for.", "schema": {"type": "string"}},
    "X-Request-Id": {
        "description": "This request's id: the one you sent as a UUID, or a new one.",
        "schema": {"type": "string", "format": "uuid"},
    },
}
_AS_CSV = (
    "For who prefers it in Accept: everything from `after` on, whatever the `limit`, as a file (RFC 4180) whose first "
    "line names the columns. A text that a spreadsheet would run as a formula has an apostrophe before it."
)
_SECURITY: dict[str, Schema] = {
    "session": {"type": "http", "scheme": "bearer", "description": "A session's token."},
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "A session's token, for browsers; whatever is no GET needs `X-CSRF-Token` too.",
    },
}
_PROBLEM: Schema = {
    "type": "object",
    "description": "What went wrong (RFC 9457). The facts of the code are further members.",
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "Stable: /problems/ and the code."},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "instance": {"type": "string", "format": "uri-reference", "description": "The request's id, as a URN."},
        "code": {"type": "string", "pattern": "^[a-z0-9_]+$"},
        "faults": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"path": {"type": "string"}, "message": {"type": "string"}},
                "required": ["path", "message"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "instance", "code"],
}
_PROBLEMS: dict[int, str] = {
    400: "The request cannot be read; `faults` names the header or the place in the JSON.",
    401: "Sign in first, or again.",
    403: "You may not do this, or not while your account is as it is.",
    404: "There is nothing here that you can see.",
    408: "The body took too long to arrive.",
    409: "It clashes with how things stand now.",
    412: "Somebody changed it since the version named in If-Match.",
    413: "The body is larger than 1 MiB.",
    415: "The body is not application/json in UTF-8.",
    422: "The request breaks a rule; `faults` names every faulty field.",
    429: "Too many, too soon.",
    500: "Something broke here; it was logged under the request's id.",
    503: "Something this needs is not answering; try again.",
}


def document(rows: Iterable[Row], use_cases: Iterable[UseCase]) -> Schema:
    """The OpenAPI document of a table. The same table gives the same bytes."""
    table = tuple(rows)
    uses = {use.request: use for use in use_cases}
    schemas = JsonSchemas(refer=REFER)
    schemas.definitions["Problem"] = _PROBLEM
    paths: dict[str, Schema] = {}
    for row in table:
        paths.setdefault(PREFIX + row.path, {})[row.method.lower()] = _operation(row, uses[row.request], schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Sparkle", "version": __version__, "description": ABOUT, "license": _LICENSE},
        "tags": [_context(tag) for tag in sorted({_tag(row) for row in table})],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.definitions.items())),
            "headers": _HEADERS,
            "responses": {f"Problem{status}": _problem_response(status, said) for status, said in _PROBLEMS.items()},
            "securitySchemes": _SECURITY,
        },
    }


def _tag(row: Row) -> str:
    """The context a request belongs to: a module or package of the application."""
    return str(row.request.__module__.removeprefix(_APPLICATION + ".").partition(".")[0])


def _context(tag: str) -> Schema:
    said = inspect.getdoc(import_module(f"{_APPLICATION}.{tag}")) or tag
    return {"name": tag, "description": said.splitlines()[0]}


def _operation(row: Row, use: UseCase, schemas: JsonSchemas) -> Schema:
    summary, rest = _words(row.request)
    operation: Schema = {
        "operationId": operation_id(row.request),
        "summary": summary.replace("`", ""),
        "tags": [_tag(row)],
        "x-permission": use.permission.value,
        "security": [*([{}] if use.permission in ANONYMOUS_MAY else []), {"session": []}, {"cookie": []}],
    }
    if rest:
        operation["description"] = rest
    parameters = _parameters(row, use, schemas)
    if parameters:
        operation["parameters"] = parameters
    body = _body(row, schemas)
    if body is not None:
        operation["requestBody"] = body
    operation["responses"] = _responses(row, schemas)
    return operation


def operation_id(request: type) -> str:
    """A request class's name in camelCase."""
    return request.__name__[0].lower() + request.__name__[1:]


def _words(kind: type) -> tuple[str, str]:
    """The first sentence of a docstring, and the rest."""
    doc = unwrapped(inspect.getdoc(kind) or kind.__name__)
    first, _, rest = doc.partition("\n\n")
    sentence = re.match(r".+?[.](?= |$)", first)
    if sentence is None:
        return first, rest
    tail = first[sentence.end() :].strip()
    return sentence[0].removesuffix("."), "\n\n".join(part for part in (tail, rest) if part)


def _parameters(row: Row, use: UseCase, schemas: JsonSchemas) -> list[Schema]:
    inline = schemas.properties(row.request, "in", frozenset({EXPECTED_VERSION}))
    required = inline.get("required", ())
    found: list[Schema] = []
    for name, schema in inline["properties"].items():
        if name in row.path_fields:
            found.append({"name": name, "in": "path", "required": True, "schema": schema})
        elif not row.takes_body:
            found.append({"name": name, "in": "query", "required": name in required, "schema": _unnulled(schema)})
    if row.takes_version:
        found.append(_IF_MATCH)
    if not use.is_query and not use.secret_answer:
        found.append(_IDEMPOTENCY_KEY)
    if row.is_query and row.has_version:
        found.append(_IF_NONE_MATCH)
    if row.starts_session:
        found.append(_SESSION_IN_COOKIE)
    return found


def _unnulled(schema: Schema) -> Schema:
    """A query parameter is left out rather than null."""
    if isinstance(schema.get("type"), list):
        kept = {**schema, "type": schema["type"][0]}
        return {**kept, "enum": [v for v in kept["enum"] if v is not None]} if "enum" in kept else kept
    if "anyOf" in schema:
        some = [s for s in schema["anyOf"] if s != {"type": "null"}]
        return some[0] if len(some) == 1 else {**schema, "anyOf": some}
    return schema


def _body(row: Row, schemas: JsonSchemas) -> Schema | None:
    left_out = row.path_fields | {EXPECTED_VERSION}
    if not row.takes_body or not hints_of(row.request).keys() - left_out:
        return None
    schema = schemas.request(row.request, left_out)
    return {
        "required": "required" in schemas.definitions[row.request.__name__],
        "content": {"application/json": {"schema": schema}},
    }


def _responses(row: Row, schemas: JsonSchemas) -> Schema:
    headers = ["X-Request-Id", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"]
    headers += ["ETag"] if row.has_version else []
    headers += ["Location"] if row.location else []
    headers += ["Content-Disposition"] if row.csv is not None or row.sends_file else []
    headers += ["Set-Cookie"] if row.starts_session else []
    success: Schema = {"description": HTTPStatus(row.status).phrase, "headers": {h: _header(h) for h in headers}}
    if row.says:
        said = {"type": "object", "properties": {"status": {"const": row.says}}, "required": ["status"]}
        success["content"] = {"application/json": {"schema": said}}
    elif row.sends_file:
        success["content"] = {"application/zip": {}}
    elif row.status != 204:
        success["content"] = {"application/json": {"schema": schemas.of(row.answer)}}
    if row.starts_session:
        either = [schemas.of(row.answer), schemas.of(BrowserSession)]
        success["content"] = {"application/json": {"schema": {"oneOf": either}}}
    if row.csv is not None:
        success["content"]["text/csv"] = {"schema": {"type": "string", "description": _AS_CSV}}
    responses = {str(row.status): success}
    if row.has_version and row.is_query:
        responses["304"] = {"description": "Not Modified", "headers": {"ETag": _header("ETag")}}
    possible = [400, 401, 403, 404, 422, 429, 500, 503]
    possible += [] if row.is_query else [409]
    possible += [412] if row.takes_version else []
    possible += [408, 413, 415] if row.takes_body else []
    return responses | {str(s): {"$ref": f"#/components/responses/Problem{s}"} for s in sorted(possible)}


def _header(name: str) -> Schema:
    return {"$ref": f"#/components/headers/{name}"}


def _problem_response(status: int, said: str) -> Schema:
    headers = ["X-Request-Id", *(["Retry-After"] if status in (429, 503) else [])]
    return {
        "description": said,
        "headers": {h: _header(h) for h in headers},
        "content": {MEDIA_TYPE: {"schema": {"$ref": REFER + "Problem"}}},
    }

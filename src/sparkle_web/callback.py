"""Where providers send people back to: what they came with goes on to the application's page, behind a `#`.

A provider may post a form (Apple does), which a page cannot read, and what stands behind a `#` is sent to no
server and told to no other site. Nothing is decided here: the page asks the API, with what its browser kept.
"""

from urllib.parse import parse_qsl, urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sparkle_web.endpoint import Gone, received

PATH = "/oauth/callback"
MAX_FORM = 16 * 1024
PASSED_ON = frozenset(("state", "code", "iss", "error"))
HEADERS = {"cache-control": "no-store", "referrer-policy": "no-referrer", "x-content-type-options": "nosniff"}


def callback(page: str, body_within_s: float) -> Route:
    """The route. `page`: of the application, from the settings; nothing of a request says where people are sent on.
    `body_within_s`: how long a form may take to arrive.
    """

    async def passed_on(request: Request) -> Response:
        try:
            given = request.url.query if request.method in ("GET", "HEAD") else await _form(request, body_within_s)
            found = [(name, value) for name, value in parse_qsl(given, max_num_fields=50) if name in PASSED_ON]
        except Gone:
            return Response(status_code=400)  # to nobody
        except ValueError:
            raise HTTPException(400) from None
        if len(dict(found)) < len(found):
            raise HTTPException(400)  # no parameter comes twice (RFC 6749, 3.1)
        return Response(status_code=303, headers=HEADERS | {"location": f"{page}#{urlencode(found)}"})

    return Route(PATH, passed_on, methods=["GET", "POST"])


async def _form(request: Request, within_s: float) -> str:
    """A form's text. Raises `HTTPException` 415, 413, 408, and `Gone`."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise HTTPException(415)
    length = request.headers.get("content-length")
    return (await received(request.receive, length, within_s, MAX_FORM)).decode("latin-1")

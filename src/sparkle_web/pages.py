"""The pages for people: a home page, and interactive docs from packaged assets; nothing comes from elsewhere."""

import gzip
from functools import cache
from importlib.resources import files
from pathlib import PurePath

from attrs import frozen
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

ASSETS = files("sparkle_web") / "assets"

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SECURE = {"content-security-policy": CSP, "x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}


@frozen
class Asset:
    """A packaged file: its media type and its bytes, gzipped when it is packaged so."""

    media_type: str
    content: bytes
    gzipped: bool


@cache
def assets() -> dict[str, Asset]:
    """Every packaged file by the name it is served under."""
    found: dict[str, Asset] = {}
    for file in ASSETS.iterdir():
        name = file.name.removesuffix(".gz")
        found[name] = Asset(_TYPES[PurePath(name).suffix], file.read_bytes(), name != file.name)
    return found


def served(name: str, request: Request, *, max_age_s: int = 0) -> Response:
    """A packaged file as a response. Raises `HTTPException` 404."""
    asset = assets().get(name)
    if asset is None:
        raise HTTPException(404)
    headers = SECURE | {"cache-control": f"max-age={max_age_s}" if max_age_s else "no-cache"}
    content = asset.content
    if asset.gzipped:
        headers["vary"] = "accept-encoding"
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["content-encoding"] = "gzip"
        else:
            content = gzip.decompress(content)
    return Response(content, media_type=asset.media_type, headers=headers)


async def home(request: Request) -> Response:
    return served("home.html", request)


async def docs(request: Request) -> Response:
    return served("docs.html", request)


async def asset(request: Request) -> Response:
    return served(request.path_params["name"], request, max_age_s=3_600)

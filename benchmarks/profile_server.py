"""One of the two servers that `profile` compares: `python -m benchmarks.profile_server ours|hand URL PORT`."""

import sys
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import orjson
import uvicorn
from attrs import evolve
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sparkle_bootstrap import Settings, connect
from sparkle_core.application.rules import Rules
from sparkle_core.domain.kernel.rules import RateTier
from sparkle_web.app import create_app
from sparkle_web.serve import configured

POOL = 8

SQL = """
SELECT p.id, p.username, p.display_name, f.bio, f.image, f.banner, p.role, g.level, p.created_at, p.last_seen_at,
       f.social, f.interests, f.skills, f.showcase,
       coalesce((SELECT number FROM statistic s WHERE s.id = p.id AND s.kind = 'posts'), 0) AS posts,
       coalesce((SELECT number FROM statistic s WHERE s.id = p.id AND s.kind = 'followers'), 0) AS followers,
       coalesce((SELECT number FROM statistic s WHERE s.id = p.id AND s.kind = 'following'), 0) AS following,
       coalesce((SELECT number FROM statistic s WHERE s.id = p.id AND s.kind = 'likes'), 0) AS likes
FROM person p JOIN profile f ON f.id = p.id JOIN progress g ON g.id = p.id
WHERE p.username_key = $1 AND p.deletion_requested_at IS NULL
  AND (p.blocked_until IS NULL OR p.blocked_until < '9998-01-01')
"""


def by_hand(url: str) -> Starlette:
    """What somebody in a hurry, and good at it, would write: one statement, one dict, one orjson."""
    pools: list[Any] = []

    @asynccontextmanager
    async def lifespan(_: Starlette) -> Any:
        pools.append(await asyncpg.create_pool(url, min_size=POOL, max_size=POOL))
        yield
        await pools[0].close()

    async def profile(request: Request) -> Response:
        row = await pools[0].fetchrow(SQL, request.path_params["username"].lower())
        if row is None:
            return Response(b'{"status":404}', 404, media_type="application/problem+json")
        found = dict(row)
        found["id"] = str(found["id"])
        found["verified"] = found["role"] == "VERIFIED_CREATOR"
        found["joined_at"] = found.pop("created_at")
        for name in ("social", "interests", "skills", "showcase"):
            found[name] = orjson.loads(found[name])
        return Response(orjson.dumps(found), media_type="application/json")

    return Starlette(routes=[Route("/api/v1/people/{username}", profile)], lifespan=lifespan)


def ours(url: str) -> ASGIApp:
    """The full stack, with a read tier that the load does not use up."""
    rules = Rules()
    security = evolve(rules.security, read=RateTier(limit=10**9, window_s=60))
    sparkle = connect(url, settings=Settings(key=bytes(32)), rules=evolve(rules, security=security))
    return create_app(sparkle)


def main() -> None:
    which, url, port = sys.argv[1:]
    config = configured(ours(url) if which == "ours" else by_hand(url))
    config.port = int(port)
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()

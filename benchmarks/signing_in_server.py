"""The server that `signing_in` asks: `python -m benchmarks.signing_in_server URL REDIS_URL PORT`."""

import sys

import uvicorn
from attrs import evolve

from sparkle_bootstrap import Settings, connect
from sparkle_core.application.rules import Rules
from sparkle_core.domain.kernel.rules import RateTier
from sparkle_web.app import create_app
from sparkle_web.serve import configured

PLENTY = RateTier(limit=10**9, window_s=60)


def main() -> None:
    url, redis_url, port = sys.argv[1:]
    rules = Rules()
    unhurried = evolve(
        rules.security,
        read=PLENTY,
        auth=PLENTY,
        reset=PLENTY,
        email=PLENTY,
        login_per_address=PLENTY,
        login_per_network=PLENTY,
        login_overall=PLENTY,
    )
    sparkle = connect(
        url, settings=Settings(key=bytes(32), redis_url=redis_url), rules=evolve(rules, security=unhurried)
    )
    config = configured(create_app(sparkle))
    config.port = int(port)
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()

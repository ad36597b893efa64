"""Processes that stay: the web and the worker."""

import asyncio
import logging
import os
import signal
from typing import Annotated

from cyclopts import Parameter

from sparkle_adapters.addresses import of_this_machine
from sparkle_cli.options import DatabaseUrl, RulesFile, Whole, opened, settings_of
from sparkle_cli.output import tell
from sparkle_core.domain.kernel.errors import Invalid


def serve(
    *,
    host: Annotated[str, Parameter(help="The address to listen on; in development only one of this machine.")] = (
        "127.0.0.1"
    ),
    port: Annotated[Whole, Parameter(help="0 takes a free one.")] = 8000,
    worker: Annotated[bool, Parameter(help="Act on events in this process too.")] = True,
    trusted_proxy: Annotated[
        tuple[str, ...], Parameter(help="A network (CIDR) whose forwarding header is believed.", negative="")
    ] = (),
    forwarding_header: Annotated[
        str, Parameter(help="Which one trusted proxies set: X-Forwarded-For or Forwarded.")
    ] = "X-Forwarded-For",
    rules: RulesFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Serve the web, with the worker in the same process; ends on Ctrl-C or SIGTERM with what was begun.

    A missing SQLite database is created; any other must be at this version's schema (`sparkle migrate up`).
    """
    from sparkle_bootstrap.processes import settle
    from sparkle_bootstrap.signing_in import sign_in_page
    from sparkle_web.serve import run

    settings = settings_of(database_url)
    if settings.environment == "development" and not of_this_machine(host):
        raise Invalid.at(
            "--host",
            f"in development only this machine is served (127.0.0.1, ::1 or localhost), not {host}; "
            "elsewhere set SPARKLE_ENV=production and SPARKLE_KEY",
        )
    _log()
    sparkle = opened(database_url, rules)
    settle()
    try:
        run(
            sparkle,
            host=host,
            port=port,
            trusted_proxies=trusted_proxy,
            forwarding_header=forwarding_header,
            work=worker,
            sign_in_page=sign_in_page(settings.oauth),
            tell=tell,
        )
    except KeyboardInterrupt:  # uvicorn has shut down by then
        return


def worker(*, rules: RulesFile = None, database_url: DatabaseUrl = None) -> None:
    """Act on events, in a process of its own, until Ctrl-C or SIGTERM; several may run side by side."""
    from sparkle_bootstrap.processes import settle
    from sparkle_worker import work_forever

    async def work() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with sparkle:
            tell("Sparkle's worker acts on events (stop with Ctrl-C)")
            await work_forever(sparkle, stop)

    _log()
    sparkle = opened(database_url, rules)
    settle()
    asyncio.run(work())


def _log() -> None:
    level = logging.DEBUG if os.environ.get("SPARKLE_DEBUG") == "1" else logging.INFO
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)  # that a new database got its tables is no news
    for chatty in ("alembic", "uvicorn.error"):
        logging.getLogger(chatty).setLevel(logging.WARNING)

"""How long it takes to import the core, and to ask the command line for help."""

import statistics
import subprocess
import sys
import time

from benchmarks.figures import Figure

HEAVY = (
    "sqlalchemy", "alembic", "asyncpg", "starlette", "uvicorn", "cattrs", "orjson", "argon2", "email_validator",
    "nh3", "re2", "uuid_utils", "zxcvbn", "cyclopts", "rich", "hypothesis", "pytest",
)  # fmt: skip
EVERYTHING = "import sparkle_core, sparkle_core.application.catalog"


def figures() -> list[Figure]:
    bare = _ms([sys.executable, "-c", "pass"])
    core = _ms([sys.executable, "-c", "import sparkle_core"])
    whole = _ms([sys.executable, "-c", EVERYTHING])
    loaded = subprocess.run(
        [sys.executable, "-c", f"{EVERYTHING}\nimport sys\nprint(*[m for m in {HEAVY} if m in sys.modules])"],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    return [
        Figure(name="import sparkle_core, over an empty Python", value=core - bare, unit="ms", at_most=100),
        Figure(name="import the whole core, over an empty Python", value=whole - bare, unit="ms"),
        Figure(name="heavy libraries loaded by it", value=len(loaded), unit="", at_most=0, note=" ".join(loaded)),
        Figure(
            name="sparkle --help", value=_ms([sys.executable, "-m", "sparkle_cli", "--help"]), unit="ms", at_most=400
        ),
    ]


def _ms(command: list[str], rounds: int = 9) -> float:
    took = []
    for _ in range(rounds):
        started = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True)
        took.append((time.perf_counter() - started) * 1e3)
    return statistics.median(took)

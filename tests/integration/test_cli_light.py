"""What is not loaded, and not installed, until somebody needs it."""

import json
import re
import subprocess
import sys
from importlib.metadata import requires

HEAVY = frozenset(
    (
        "aiosmtplib",
        "alembic",
        "argon2",
        "asyncpg",
        "boto3",
        "botocore",
        "cattrs",
        "cryptography",
        "cyclopts",
        "email_validator",
        "jinja2",
        "msgspec",
        "nh3",
        "orjson",
        "PIL",
        "pyotp",
        "re2",
        "redis",
        "rich",
        "sqlalchemy",
        "starlette",
        "stripe",
        "uuid_utils",
        "uvicorn",
        "uvloop",
        "zxcvbn",
    )
)


def loaded_by(program: str) -> set[str]:
    """The top-level names of the modules in memory after a program."""
    tail = "\nimport sys, json; sys.stderr.write(json.dumps(sorted({m.partition('.')[0] for m in sys.modules})))"
    done = subprocess.run([sys.executable, "-c", program + tail], capture_output=True, text=True, check=True)
    return set(json.loads(done.stderr))


def test_the_library_loads_none_of_the_heavy_libraries() -> None:
    assert not loaded_by("import sparkle_core") & HEAVY


def test_the_whole_core_needs_attrs_and_the_standard_library_alone() -> None:
    every_module = """
import pkgutil, importlib
def walk(name):                             # pkgutil.walk_packages would load the testing kit to look inside
    for found in pkgutil.iter_modules(importlib.import_module(name).__path__, name + "."):
        if found.name != "sparkle_core.testing":
            walk(found.name) if found.ispkg else importlib.import_module(found.name)
walk("sparkle_core")
"""
    before = loaded_by("import json")
    standard = sys.stdlib_module_names
    found = {n for n in loaded_by(every_module) - before if n not in standard and not n.startswith("_sysconfigdata")}
    assert found == {"attr", "attrs", "sparkle_core"}


def test_the_overview_of_the_command_line_loads_none_of_them_either() -> None:
    overview = "from sparkle_cli.main import main\nassert main(['--help']) == 0"
    assert not loaded_by(overview) & HEAVY


def test_a_community_in_memory_needs_neither_a_database_nor_a_web_server() -> None:
    found = loaded_by("import sparkle_bootstrap\nsparkle_bootstrap.in_memory(seed=7)")
    assert not found & {"alembic", "asyncpg", "cryptography", "cyclopts", "rich", "sqlalchemy", "starlette", "uvicorn"}


def test_without_a_redis_configured_nothing_of_its_library_is_loaded() -> None:
    assert not loaded_by("from sparkle_bootstrap.sharing import shared\nshared(None, 0.5, None, None)") & {"redis"}


def test_without_the_extra_a_redis_is_refused_by_name() -> None:
    program = """
import sys
sys.modules["redis"] = None                 # as if it were not installed
from sparkle_bootstrap.sharing import shared
from sparkle_core.domain.kernel.errors import Invalid
try:
    shared("redis://127.0.0.1", 0.5, None, None)
except Invalid as error:
    print(error)
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said == "SPARKLE_REDIS_URL: needs the extra: pip install 'sparkle-core[redis]'\n"


def test_without_the_extra_a_file_of_places_is_refused_by_name() -> None:
    program = """
import sys
sys.modules["maxminddb"] = None             # as if it were not installed
from pathlib import Path
from sparkle_bootstrap import Settings
from sparkle_bootstrap.watching import locator
from sparkle_core.domain.kernel.errors import Invalid
try:
    locator(Settings(locations=Path("places.mmdb")))
except Invalid as error:
    print(error)
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said == "places.mmdb: needs the extra: pip install 'sparkle-core[geo]'\n"


def test_the_bare_package_installs_light() -> None:
    wanted = [line for line in requires("sparkle-core") or () if "extra ==" not in line]
    assert {re.split("[^a-z0-9-]", line)[0] for line in wanted} == {
        "attrs",
        "cattrs",
        "orjson",
        "argon2-cffi",
        "email-validator",
        "nh3",
        "google-re2",
        "pyotp",
        "segno",
        "uuid-utils",
        "zxcvbn",
    }

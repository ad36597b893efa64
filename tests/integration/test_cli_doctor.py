"""The doctor: fine when all is fine, and each thing that is wrong is found and can be mended."""

import base64
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import chdir
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import redis

from sparkle_adapters.crypto.key_file import KeyFile
from sparkle_bootstrap import Settings
from sparkle_cli.examining import examined
from sparkle_cli.finding import Health
from sparkle_cli.seeding import DEMO_USERNAME
from sparkle_core.application.accounts import Register
from sparkle_core.domain.kernel.fields import Secret
from tests.support.commands import CommandLine, Said
from tests.support.mmdb import write_mmdb

KEY = base64.b64encode(bytes(range(32))).decode()
PASSWORD = Secret("Corr3ct-horse-battery")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a deployment in which all is fine, with one person in it."""
    command_line = CommandLine(tmp_path_factory.mktemp("sound"))
    assert command_line("migrate", "up").code == 0
    join(command_line, "ada")
    return command_line.folder


@pytest.fixture
def sparkle(sound: Path, tmp_path: Path) -> CommandLine:
    """A copy of it, to do harm to."""
    shutil.copytree(sound, tmp_path, dirs_exist_ok=True)
    return CommandLine(tmp_path)


def join(command_line: CommandLine, name: str) -> None:
    with command_line.opened() as community:
        command = Register(email=f"{name}@example.org", username=name, password=PASSWORD, agree_to_terms=True)
        community.run(command)
        community.run_coroutine(community.drain())
        community.run_coroutine(community.seal())


def wrong_in(said: Said) -> dict[str, dict[str, str]]:
    return {c["check"]: c for c in said.json["checks"] if c["health"] == "wrong"}


def test_a_sound_deployment_is_said_to_be_sound(sparkle: CommandLine) -> None:
    said = sparkle("doctor", "--json")
    assert said.code == 0
    assert said.json["healthy"]
    assert {c["health"] for c in said.json["checks"]} == {"fine"}
    looked_at = {c["check"] for c in said.json["checks"]}
    assert looked_at >= {
        "key",
        "keys",
        "var folder",
        "mail folder",
        "database",
        "schema",
        "ledger protection",
        "clock",
        "worker",
    }
    assert "Nothing is wrong." in sparkle("doctor").out


@pytest.mark.parametrize(
    ("environment", "check", "found"),
    [
        ({"SPARKLE_SMTP_URL": "smtp://", "SPARKLE_MAIL_FROM": "a@b.example"}, "mail", "SPARKLE_SMTP_URL must be like"),
        ({"SPARKLE_SMTP_URL": "smtp://mail.example"}, "mail", "SPARKLE_MAIL_FROM is not set"),
        ({"SPARKLE_MAIL_FROM": "nobody"}, "mail", "SPARKLE_MAIL_FROM "),
        ({"SPARKLE_BREACHED_PASSWORDS_URL": "ftp://x"}, "breached passwords", "SPARKLE_BREACHED_PASSWORDS_URL must"),
        ({"SPARKLE_REDIS_URL": "redis://:t0p-secret@localhost:abc"}, "redis", "SPARKLE_REDIS_URL must be like"),
        ({"SPARKLE_REDIS_URL": "redis://:t0p-secret@[::1"}, "insecure settings", "cannot be looked at: ValueError"),
        ({"SPARKLE_VAR": "garbage"}, "key", "development.key is not base64"),
    ],
    ids=str,
)
def test_what_is_set_amiss_is_named_and_all_else_is_looked_at(
    sparkle: CommandLine, environment: dict[str, str], check: str, found: str
) -> None:
    """Stops one setting that is wrong from hiding what else is."""
    shutil.copytree(sparkle.folder / "var", sparkle.folder / "garbage")
    (sparkle.folder / "garbage" / "development.key").write_bytes(b"\xff garbage")
    with chdir(sparkle.folder):
        findings = list(examined(Settings.from_environment(environment)))
    wrong = {f.what: f for f in findings if f.health is Health.WRONG}
    assert found in wrong[check].found
    looked_at = {f.what for f in findings}
    assert looked_at >= {"schema", "clock"} | ({"worker"} if check != "key" else set())
    assert "t0p-secret" not in str(findings)


def test_settings_of_mail_and_ranges_that_are_right_are_fine(sparkle: CommandLine) -> None:
    environment = {
        "SPARKLE_MAIL_FROM": "Sparkle <hello@sparkle.example>",
        "SPARKLE_BREACHED_PASSWORDS_URL": "https://api.pwnedpasswords.com/range",
    }
    with chdir(sparkle.folder):
        findings = list(examined(Settings.from_environment(environment)))
    assert {f.health for f in findings} == {Health.FINE}
    assert {f.what for f in findings} >= {"mail folder", "breached passwords"}


def test_rules_are_looked_at(sparkle: CommandLine) -> None:
    file, settings = sparkle.folder / "rules.toml", Settings(var=sparkle.folder / "var")

    def said() -> tuple[Health, str]:
        (rules,) = (f for f in examined(settings, file) if f.what == "rules")
        return rules.health, rules.found

    assert said()[0] is Health.WRONG, "there is none"
    file.write_text("[accounts]\nno_such_rule = 1\n")
    health, found = said()
    assert (health, "rules.toml:2: accounts.no_such_rule" in found) == (Health.WRONG, True)
    file.write_text("[accounts]\ndefault_suspension_days = 3\n")
    assert said() == (Health.FINE, str(file))


def no_database(sparkle: CommandLine) -> None:
    sparkle.database.unlink()


def no_schema(sparkle: CommandLine) -> None:
    sparkle("migrate", "down", "base", "--yes")


def a_newer_schema(sparkle: CommandLine) -> None:
    execute(sparkle, "UPDATE alembic_version SET version_num = '9999'")


def a_missing_trigger(sparkle: CommandLine) -> None:
    execute(sparkle, "DROP TRIGGER ledger_entry_refuses_DELETE")


def a_key_others_can_read(sparkle: CommandLine) -> None:
    (sparkle.folder / "var" / "development.key").chmod(0o644)


def keys_others_can_read(sparkle: CommandLine) -> None:
    KeyFile(sparkle.folder / "var" / "keys.json").make()
    (sparkle.folder / "var" / "keys.json").chmod(0o640)


def a_late_event(sparkle: CommandLine) -> None:
    long_ago = kept(datetime.now(UTC) - timedelta(minutes=5))
    execute(sparkle, f"UPDATE outbox SET delivery = 'pending', due_at = '{long_ago}'")


def a_parked_event(sparkle: CommandLine) -> None:
    execute(sparkle, "UPDATE outbox SET delivery = 'parked', fault = 'KeyError: no wording', attempts = 8")


def an_event_to_come(sparkle: CommandLine) -> None:
    execute(sparkle, f"UPDATE outbox SET at = '{kept(datetime.now(UTC) + timedelta(days=2))}'")


def a_file_for_a_mail_folder(sparkle: CommandLine) -> None:
    mail = sparkle.folder / "var" / "mail"
    shutil.rmtree(mail)
    mail.write_text("not a folder")


@pytest.mark.parametrize(
    ("harm", "check", "mend"),
    [
        (no_database, "database", "sparkle migrate up"),
        (no_schema, "schema", "sparkle migrate up"),
        (a_newer_schema, "schema", "newer version"),
        (a_missing_trigger, "ledger protection", "restore"),
        (a_key_others_can_read, "key", "chmod 600"),
        (keys_others_can_read, "keys", "chmod 600"),
        (a_late_event, "worker", "sparkle worker"),
        (a_parked_event, "parked event", "mend its cause"),
        (an_event_to_come, "time", "clock"),
        (a_file_for_a_mail_folder, "mail folder", "SPARKLE_VAR"),
    ],
)
def test_what_is_wrong_is_found_with_how_to_mend_it(
    sparkle: CommandLine, harm: Callable[[CommandLine], None], check: str, mend: str
) -> None:
    harm(sparkle)
    said = sparkle("doctor", "--json")
    assert said.code == 1
    assert not said.json["healthy"]
    assert mend in wrong_in(said)[check]["mend"]


def test_a_database_that_does_not_answer_is_named_without_its_password(sparkle: CommandLine) -> None:
    said = sparkle("doctor", "--json", "--database-url", "postgresql://ada:t0p-secret@127.0.0.1:1/sparkle")
    assert said.code == 1
    assert "127.0.0.1:1/sparkle does not answer" in wrong_in(said)["database"]["found"]
    assert "Something is wrong." in sparkle("doctor", "--database-url", "postgresql://ada:t0p-secret@127.0.0.1:1/x").out
    assert "t0p-secret" not in said.out


def test_a_redis_that_answers_is_named_with_its_version(sparkle: CommandLine, valkey_url: str) -> None:
    said = sparkle("doctor", "--json", SPARKLE_REDIS_URL=valkey_url)
    assert said.code == 0
    found = {c["check"]: c for c in said.json["checks"]}["redis"]
    assert found["health"] == "fine"
    assert re.search(r"unix:///.*, Valkey \d+\.\d+", found["found"])


def test_a_redis_that_forgets_limits_when_it_is_full_is_doubtful(sparkle: CommandLine, valkey_url: str) -> None:
    with redis.Redis.from_url(valkey_url) as beside:
        beside.config_set("maxmemory", "100mb")
        beside.config_set("maxmemory-policy", "allkeys-lru")
        said = sparkle("doctor", "--json", SPARKLE_REDIS_URL=valkey_url)
        beside.config_set("maxmemory", "0")
        beside.config_set("maxmemory-policy", "noeviction")
    assert said.code == 0
    assert {c["check"]: c for c in said.json["checks"]}["redis"]["mend"] == "set maxmemory-policy noeviction"


def test_a_redis_that_does_not_answer_is_named_without_its_password(sparkle: CommandLine) -> None:
    url = "redis://ada:t0p-secret@127.0.0.1:1/3?client_name=t0p-secret"
    said = sparkle("doctor", "--json", SPARKLE_REDIS_URL=url)
    assert said.code == 1
    assert "redis://127.0.0.1:1/3 does not answer: Error 111" in wrong_in(said)["redis"]["found"]
    assert "SPARKLE_REDIS_URL" in wrong_in(said)["redis"]["mend"]
    assert "t0p-secret" not in said.out + said.err


def test_production_without_a_key_is_wrong_and_nothing_else_is_tried_with_it(sparkle: CommandLine) -> None:
    said = sparkle("doctor", "--json", SPARKLE_ENV="production")
    assert said.code == 1
    assert wrong_in(said).keys() == {"key", "keys"}


def test_production_needs_a_file_of_keys_too(sparkle: CommandLine) -> None:
    said = sparkle("doctor", "--json", SPARKLE_ENV="production", SPARKLE_KEY=KEY)
    assert wrong_in(said).keys() == {"keys"}
    nowhere = sparkle("doctor", "--json", SPARKLE_ENV="production", SPARKLE_KEY=KEY, SPARKLE_KEYS="nowhere.json")
    assert "there is no file nowhere.json" in wrong_in(nowhere)["keys"]["found"]
    (sparkle.folder / "odd.json").write_text('{"version": 1, "secrets": "x"}')
    odd = sparkle("doctor", "--json", SPARKLE_KEYS="odd.json")
    assert "odd.json is not a file of keys" in wrong_in(odd)["keys"]["found"]


def test_files_of_places_and_networks_are_looked_at(sparkle: CommandLine) -> None:
    folder = sparkle.folder
    write_mmdb(folder / "places.mmdb", "GeoLite2-Country", {"81.2.69.0/24": {"country": {"iso_code": "GB"}}})
    (folder / "networks.txt").write_text("192.0.2.0/24 vpn\n")
    names = ("SPARKLE_LOCATIONS", "SPARKLE_NETWORKS", "SPARKLE_ANONYMISERS")
    files = dict(zip(names, ("places.mmdb", "networks.txt", "places.mmdb"), strict=True))
    said = sparkle("doctor", "--json", **files)
    assert said.code == 0
    found = {c["check"]: c["found"] for c in said.json["checks"]}
    assert [found[what] for what in ("locations", "networks", "anonymisers")] == list(files.values())
    (folder / "networks.txt").write_text("192.0.2.0/24 evil\n")
    wrong = wrong_in(sparkle("doctor", "--json", **files | {"SPARKLE_LOCATIONS": "networks.txt"}))
    assert wrong.keys() == {"locations", "networks"}
    assert "networks.txt is not a MaxMind file" in wrong["locations"]["found"].replace(": ", " ")
    assert wrong["networks"]["found"].startswith("networks.txt:1: must be a network and one of")
    assert "SPARKLE_NETWORKS" in wrong["networks"]["mend"]


@pytest.mark.parametrize(
    "environment",
    [
        {"SPARKLE_ENV": "staging"},
        {"SPARKLE_KEY": "short"},
        {"SPARKLE_KEY": "AAAA"},
        {"SPARKLE_REDIS_URL": "valkey://127.0.0.1"},
    ],
    ids=str,
)
def test_settings_that_are_none_are_named(sparkle: CommandLine, environment: dict[str, str]) -> None:
    said = sparkle("doctor", "--json", **environment)
    assert said.code == 1
    assert next(iter(environment)) in wrong_in(said)["settings"]["found"]


def test_demo_people_in_production_are_wrong(sparkle: CommandLine) -> None:
    keys = sparkle.folder / "keys.json"
    KeyFile(keys).make()
    production = {"SPARKLE_ENV": "production", "SPARKLE_KEY": KEY, "SPARKLE_KEYS": str(keys)}
    assert sparkle("doctor", "--json", **production).code == 0
    join(sparkle, DEMO_USERNAME)
    said = sparkle("doctor", "--json", **production)
    assert said.code == 1
    assert wrong_in(said).keys() == {"demo people"}


def execute(sparkle: CommandLine, statement: str) -> None:
    raw = sqlite3.connect(sparkle.database)
    with raw:
        raw.execute(statement)
    raw.close()


def kept(instant: datetime) -> str:
    """An instant as SQLite keeps it."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


CLIENTS = """redirect_uri = "https://sparkle.example/signed-in"
[providers.google]
client_id = "a"
client_secret = "5ecret-0f-google"
"""


def test_the_providers_that_people_sign_in_with_are_named_and_no_secret_of_them(sparkle: CommandLine) -> None:
    file = sparkle.folder / "clients.toml"
    file.write_text(CLIENTS)
    file.chmod(0o600)
    said = sparkle("doctor", "--json", SPARKLE_OAUTH=str(file))
    (check,) = (c for c in said.json["checks"] if c["check"] == "providers")
    assert (check["health"], check["found"]) == ("fine", "google; back to https://sparkle.example/signed-in")
    file.chmod(0o644)
    assert "chmod 600" in wrong_in(sparkle("doctor", "--json", SPARKLE_OAUTH=str(file)))["providers"]["mend"]
    file.write_text(CLIENTS.replace("client_id", "id"))
    said = sparkle("doctor", "--json", SPARKLE_OAUTH=str(file))
    assert "clients.toml:3: providers.google.id" in wrong_in(said)["providers"]["found"]
    assert "5ecret" not in said.out + said.err


def passkeys_in(said: Said) -> tuple[str, str]:
    (check,) = (c for c in said.json["checks"] if c["check"] == "passkeys")
    return check["health"], check["found"]


def test_whom_passkeys_are_for_is_said(sparkle: CommandLine) -> None:
    assert passkeys_in(sparkle("doctor", "--json")) == ("fine", "for localhost, on http://localhost:8000")
    public = sparkle("doctor", "--json", SPARKLE_PUBLIC_URL="https://sparkle.example")
    assert passkeys_in(public) == ("fine", "for sparkle.example, on https://sparkle.example")
    said = {"SPARKLE_PASSKEYS_FOR": "sparkle.example", "SPARKLE_PASSKEY_ORIGINS": "https://evil.example"}
    wrong = wrong_in(sparkle("doctor", "--json", **said))
    assert "not of sparkle.example" in wrong["passkeys"]["found"]
    nowhere = sparkle("doctor", "--json", SPARKLE_ENV="production", SPARKLE_KEY=KEY)
    assert passkeys_in(nowhere)[0] == "doubtful"

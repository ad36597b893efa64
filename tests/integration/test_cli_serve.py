"""The processes that stay: web and worker, together and apart, started and ended as an operator would."""

import base64
import json
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.support.commands import CommandLine, program, surroundings
from tests.valkey import Valkey

PATIENCE_S = 30


@contextmanager
def started(folder: Path, *arguments: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process and the line it says once it is there; it is told to end when the block is left."""
    process = subprocess.Popen(
        program(*arguments), cwd=folder, env=surroundings(**environment), stdout=subprocess.PIPE, text=True
    )
    with process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline()
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def address_in(line: str) -> str:
    found = re.search(r"http://\S+?:\d+", line)
    assert found, line
    return found[0]


def ask(method: str, url: str, body: dict[str, Any] | None = None, token: str | None = None) -> Any:
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=20) as answer:
        text = answer.read()
        return json.loads(text) if text else None


def mailed(folder: Path, address: str) -> Path:
    """The first letter, once it is there; the server is asked how it is meanwhile."""
    deadline = time.monotonic() + PATIENCE_S
    while not letters(folder):
        assert time.monotonic() < deadline, "no letter came"
        assert ask("GET", f"{address}/health") == {"status": "ok"}
    return letters(folder)[0]


def letters(folder: Path) -> list[Path]:
    return sorted((folder / "var" / "mail").glob("[!.]*.eml"))  # what is being written has a dot first


def code_in(letter: Path) -> str:
    found = re.search(r"\b\d{6}\b", message_from_bytes(letter.read_bytes())["Subject"])
    assert found
    return found[0]


ADA = {
    "email": "ada@example.org",
    "username": "ada",
    "password": "Corr3ct-horse-battery",
    "agree_to_terms": True,
    "birth_date": "1990-02-28",
}


def test_a_newcomer_signs_up_reads_their_mail_and_posts(tmp_path: Path) -> None:
    with started(tmp_path, "serve", "--port", "0") as (process, line):
        address = address_in(line)
        assert f"{address}/docs" in line
        assert ask("GET", f"{address}/ready") == {"status": "ready"}
        api = f"{address}/api/v1"
        ask("POST", f"{api}/sign-up", ADA)
        code = code_in(mailed(tmp_path, address))
        ask("POST", f"{api}/email/verification", {"email": ADA["email"], "code": code})
        token = ask("POST", f"{api}/sessions", {"email": ADA["email"], "password": ADA["password"]})["token"]
        assert ask("GET", f"{api}/me", token=token)["status"] == "ACTIVE"
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) in (0, -signal.SIGTERM)
    assert CommandLine(tmp_path)("doctor", "--json").json["healthy"]


def test_with_a_redis_sessions_and_limits_are_there_and_go_on_when_it_is_killed(tmp_path: Path) -> None:
    with Valkey() as valkey, started(tmp_path, "serve", "--port", "0", SPARKLE_REDIS_URL=valkey.url) as (_, line):
        api = f"{address_in(line)}/api/v1"
        ask("POST", f"{api}/sign-up", ADA)
        code = code_in(mailed(tmp_path, address_in(line)))
        ask("POST", f"{api}/email/verification", {"email": ADA["email"], "code": code})
        token = ask("POST", f"{api}/sessions", {"email": ADA["email"], "password": ADA["password"]})["token"]
        assert ask("GET", f"{api}/me", token=token)["status"] == "ACTIVE"
        with redis.Redis.from_url(valkey.url, decode_responses=True) as beside:
            kinds = {":".join(key.split(":")[:2]) for key in beside.keys("*")}
        assert kinds == {"sparkle:cache", "sparkle:limit"}
        valkey.kill()
        assert ask("GET", f"{api}/me", token=token)["status"] == "ACTIVE"
        ask("DELETE", f"{api}/sessions/current", token=token)
        with pytest.raises(urllib.error.HTTPError, match="401"):
            ask("GET", f"{api}/me", token=token)


def test_a_worker_apart_does_what_the_web_leaves_to_it(tmp_path: Path) -> None:
    with started(tmp_path, "serve", "--port", "0", "--no-worker") as (_, line):
        address = address_in(line)
        ask("POST", f"{address}/api/v1/sign-up", ADA)
        assert letters(tmp_path) == []
        with started(tmp_path, "worker") as (worker, said):
            assert "worker" in said
            assert code_in(mailed(tmp_path, address))
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(PATIENCE_S) == 0


def test_ctrl_c_ends_serving_as_it_should(tmp_path: Path) -> None:
    with started(tmp_path, "serve", "--port", "0") as (process, _):
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_development_is_not_served_to_others(tmp_path: Path, host: str) -> None:
    said = CommandLine(tmp_path)("serve", "--host", host, "--port", "0")
    assert said.code == 2
    assert "--host: in development only this machine is served" in said.err


def test_a_port_that_cannot_be_is_refused(tmp_path: Path) -> None:
    said = CommandLine(tmp_path).apart("serve", "--port", "99999")  # uvicorn leaves a socket to the process's end
    assert said.code == 2
    assert "cannot listen on 127.0.0.1:99999" in said.err


def test_a_database_behind_is_not_served(tmp_path: Path) -> None:
    command_line = CommandLine(tmp_path)
    oldest = command_line("migrate", "status", "--json").json["missing"][0]
    command_line("migrate", "up", "--to", oldest)
    said = command_line("serve", "--port", "0")
    assert said.code == 8
    assert "sparkle migrate up" in said.err


def test_production_is_not_served_without_a_key(tmp_path: Path) -> None:
    said = CommandLine(tmp_path)("serve", "--port", "0", SPARKLE_ENV="production")
    assert said.code == 2
    assert "SPARKLE_KEY" in said.err


def test_production_is_not_served_without_a_file_of_keys(tmp_path: Path) -> None:
    key = base64.b64encode(bytes(range(32))).decode()
    command_line = CommandLine(tmp_path)
    said = command_line("serve", "--port", "0", SPARKLE_ENV="production", SPARKLE_KEY=key)
    assert said.code == 2
    assert "SPARKLE_KEYS: is not set" in said.err
    said = command_line("worker", SPARKLE_ENV="production", SPARKLE_KEY=key, SPARKLE_KEYS="nowhere.json")
    assert said.code == 2
    assert "there is no file nowhere.json" in said.err

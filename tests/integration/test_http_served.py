"""The real server, in a process of its own: it says where it listens, answers, works, and stops when told."""

import http.client
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from sparkle_core.domain.kernel.errors import Invalid
from sparkle_web.serve import listening

PROGRAM = """
from sparkle_bootstrap import in_memory
from sparkle_web.serve import run
run(in_memory(seed=7, inline=False), port=0)
"""


class Served:
    """A server process, and where it says that it listens."""

    def __init__(self) -> None:
        self.process = subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", self.said)
        assert found, self.said
        self.port = int(found[1])

    def ask(self, method: str, path: str, body: bytes | None = None) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        with self.process:
            return self.process.wait(20)


@pytest.fixture
def served() -> Iterator[Served]:
    found = Served()
    yield found
    if found.process.poll() is None:
        found.stop()


def test_it_says_where_it_listens_answers_and_stops_when_told(served: Served) -> None:
    assert f":{served.port}/docs" in served.said
    health = served.ask("GET", "/health")
    assert health.status == 200
    assert health.getheader("server") is None
    assert served.ask("GET", "/api/v1/levels").status == 200
    assert served.ask("HEAD", "/docs").status == 200
    assert served.stop() == 0


def test_twenty_megabytes_are_refused_and_the_next_request_is_answered(served: Served) -> None:
    assert served.ask("POST", "/api/v1/sessions", b" " * 20_000_000).status == 413
    assert served.ask("GET", "/health").status == 200


def test_an_address_that_is_taken_is_refused_by_name() -> None:
    with listening("127.0.0.1", 0) as listener, pytest.raises(Invalid, match=r"127\.0\.0\.1"):
        listening("127.0.0.1", listener.getsockname()[1])


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_ipv6_addresses_can_be_listened_on() -> None:
    with listening("::1", 0) as listener:
        assert listener.family == socket.AF_INET6

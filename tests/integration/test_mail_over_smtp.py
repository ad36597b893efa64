"""Letters through a real mail server: encrypted, signed in, over kept connections, and whatever goes wrong."""

import asyncio
import logging
import ssl
import time
from collections.abc import Coroutine, Iterator
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from sparkle_adapters.mail.composing import Composer, MailAddress
from sparkle_adapters.mail.smtp import CONNECTIONS, IDLE_S, SmtpMailer
from sparkle_adapters.mail.smtp_address import Encryption, SmtpAddress
from sparkle_adapters.mail.wording import Wording
from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap import Settings, connect
from sparkle_bootstrap.mailing import ExaminedMail, mailer_of, sample
from sparkle_cli.examining import mail_of, told_of_mail
from sparkle_cli.finding import Finding, Health
from sparkle_core.application.accounts import Register, VerifyEmail
from sparkle_core.application.kernel.outbox import OUTBOX, Delivery, OutboxMessage
from sparkle_core.application.notifications import MyNotifications
from sparkle_core.domain.kernel.errors import Invalid, Unavailable
from sparkle_core.domain.kernel.stored import eq
from sparkle_core.ports.mail import Undeliverable
from sparkle_core.ports.store import Transaction
from tests.communities import fresh_database
from tests.mail_server import (
    HANG,
    HANG_UP,
    PASSWORD,
    USER,
    MailServer,
    address_of,
    certificate,
    mail_server,
    trusting,
    url_of,
)
from tests.support.commands import CommandLine
from tests.support.people import PASSWORD as ADAS

COMPOSER = Composer(MailAddress.named("Sparkle <hello@sparkle.example>"), Wording("https://sparkle.example"))
ADA = sample("verify_email")
BEN = sample("reset_password", to="ben@example.org")


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def mailer(server: MailServer, scheme: str = "smtp+plain", user: str | None = None, **more: Any) -> SmtpMailer:
    options: dict[str, Any] = {"tls": trusting(), "timeout_s": 20.0, **more}
    return SmtpMailer(address_of(server, scheme, user), COMPOSER, hostname="sparkle.example", **options)


def run(mailer: SmtpMailer, *steps: Coroutine[Any, Any, Any]) -> list[Any]:
    """What some steps answer or raise, one after the other, on one event loop."""

    async def all_of_them() -> list[Any]:
        told: list[Any] = []
        try:
            for step in steps:
                try:
                    told.append(await step)
                except (Unavailable, Undeliverable) as error:
                    told.append(error)
        finally:
            await mailer.close()
        return told

    return asyncio.run(all_of_them())


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as found:
        yield found


@pytest.mark.parametrize(("scheme", "how"), [("smtp", {"starttls": True}), ("smtps", {"tls": True})])
def test_letters_go_encrypted_and_signed_in(scheme: str, how: dict[str, bool]) -> None:
    with mail_server(sign_in=True, **how) as server:
        sent = mailer(server, scheme, USER)
        assert run(sent, sent.send(ADA)) == [None]
        assert (server.encrypted, server.signed_in) == (True, 1)
        ((sender, to, content),) = server.letters
    assert (sender, to) == ("hello@sparkle.example", "ada@example.org")
    assert message_from_bytes(content, policy=default)["Subject"] == "042137 is your Sparkle code"
    assert all(len(line) <= 998 for line in content.splitlines())


def test_a_server_without_starttls_gets_neither_password_nor_letter(caplog: pytest.LogCaptureFixture) -> None:
    """Stops somebody in between from taking the encryption away (RFC 3207, 6)."""
    with mail_server() as server:
        sent = mailer(server, "smtp", USER)
        (told,) = run(sent, sent.send(ADA))
        assert isinstance(told, Unavailable)
        assert (server.letters, server.signed_in) == ([], 0)
    assert "does not take letters" in caplog.text


def test_a_certificate_that_nobody_vouches_for_gets_neither() -> None:
    """Stops somebody in between from passing for the mail server."""
    with mail_server(starttls=True) as server:
        sent = mailer(server, "smtp", USER, tls=ssl.create_default_context())
        assert isinstance(run(sent, sent.send(ADA))[0], Unavailable)
        assert (server.letters, server.signed_in) == ([], 0)


def test_a_certificate_of_another_machine_gets_neither() -> None:
    with mail_server(tls=True) as server:
        elsewhere = evolve(address_of(server, "smtps"), host="127.0.0.2")
        sent = SmtpMailer(elsewhere, COMPOSER, hostname="sparkle.example", tls=trusting())
        assert isinstance(run(sent, sent.send(ADA))[0], Unavailable)
        assert server.signed_in == 0


def test_a_wrong_password_is_our_fault_and_no_letters(caplog: pytest.LogCaptureFixture) -> None:
    """Letters wait until it is mended: none of them is given up for it, and the log says so without the password."""
    with mail_server(starttls=True, sign_in=True) as server:
        wrong = evolve(address_of(server), password="wr0ng-password")
        sent = SmtpMailer(wrong, COMPOSER, hostname="sparkle.example", tls=trusting())
        assert isinstance(run(sent, sent.send(ADA))[0], Unavailable)
    assert "SMTPAuthenticationError 535" in caplog.text
    assert "wr0ng" not in caplog.text


def test_not_signed_in_where_one_has_to_be_is_our_fault_too(server: MailServer) -> None:
    with mail_server(sign_in=True) as strict:
        sent = mailer(strict)
        assert isinstance(run(sent, sent.send(ADA))[0], Unavailable)


def test_a_connection_is_kept_for_the_next_letter(server: MailServer) -> None:
    sent = mailer(server)
    assert run(sent, *(sent.send(ADA) for _ in range(5))) == [None] * 5
    assert (len(server.letters), server.connections) == (5, 1)


def test_a_kept_connection_is_not_used_after_a_minute(server: MailServer) -> None:
    clock = Clock()
    sent = mailer(server, clock=clock)

    async def later() -> None:
        clock.now += IDLE_S + 1

    assert run(sent, sent.send(ADA), later(), sent.send(BEN)) == [None] * 3
    assert (len(server.letters), server.connections) == (2, 2)


@pytest.mark.parametrize("farewell", [HANG_UP, "421 too many letters, goodbye"])
def test_a_kept_connection_that_has_ended_is_no_failure(server: MailServer, farewell: str) -> None:
    server.answers["mail"] = ["250 OK", farewell]
    sent = mailer(server)
    assert run(sent, sent.send(ADA), sent.send(BEN)) == [None, None]
    assert ([to for _, to, _ in server.letters], server.connections) == (["ada@example.org", "ben@example.org"], 2)


def test_many_at_once_share_few_connections(server: MailServer) -> None:
    sent = mailer(server)

    async def at_once() -> None:
        await asyncio.gather(*(sent.send(evolve(ADA, to=f"fan{n}@example.org")) for n in range(40)))

    assert run(sent, at_once()) == [None]
    assert sorted(to for _, to, _ in server.letters) == sorted(f"fan{n}@example.org" for n in range(40))
    assert server.connections <= CONNECTIONS


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        ("mail", "451 try later"),
        ("rcpt", "450 <ADDRESS> is busy"),
        ("rcpt", "452 too many"),
        ("data", "451 try later"),
        ("data", "421 going down"),
        ("mail", "550 you may not send as that"),
        ("rcpt", "530 sign in first"),
    ],
)
def test_not_now_is_unavailable_and_the_next_try_succeeds(server: MailServer, step: str, answer: str) -> None:
    server.answers[step] = [answer]
    sent = mailer(server, rest_s=0.0)
    refused, then = run(sent, sent.send(ADA), sent.send(ADA))
    assert isinstance(refused, Unavailable)
    assert (then, len(server.letters)) == (None, 1)


@pytest.mark.parametrize(
    ("step", "answer"), [("rcpt", "550 <ADDRESS> is unknown"), ("rcpt", "553 no"), ("data", "554 spam")]
)
def test_never_is_undeliverable_logged_without_address_and_the_connection_goes_on(
    server: MailServer, step: str, answer: str, caplog: pytest.LogCaptureFixture
) -> None:
    server.answers[step] = [answer]
    sent = mailer(server)
    with caplog.at_level(logging.INFO, logger="sparkle.mail"):
        refused, then = run(sent, sent.send(ADA), sent.send(BEN))
    assert isinstance(refused, Undeliverable)
    assert refused.why == f"the mail server answered {answer[:3]}"
    assert then is None
    assert ([to for _, to, _ in server.letters], server.connections) == (["ben@example.org"], 1)
    said = " ".join(r.getMessage() for r in caplog.records if r.name == "sparkle.mail")
    assert answer[:3] in said
    assert not any(word in said for word in ("ada@", "042137", "ada_lovelace"))


def test_a_server_that_hangs_is_given_up_in_time_and_then_left_alone(server: MailServer) -> None:
    """Stops a hung mail server from holding the worker up letter by letter, past the relay's lease."""
    clock = Clock()
    server.answers["data"] = [HANG]
    sent = mailer(server, timeout_s=0.3, rest_s=5.0, clock=clock)

    async def five_seconds_later() -> None:
        clock.now += 5.0

    started = time.monotonic()
    told = run(sent, sent.send(ADA), sent.send(BEN), sent.send(BEN), five_seconds_later(), sent.send(BEN))
    assert time.monotonic() - started < 5.0
    assert [type(one) for one in told] == [Unavailable] * 3 + [type(None)] * 2
    assert ([to for _, to, _ in server.letters], server.connections) == (["ben@example.org"], 2)


def test_after_the_rest_one_letter_tries_and_the_others_are_refused_at_once(server: MailServer) -> None:
    """Stops a server that hangs from holding up four letters at a time, again and again."""
    clock = Clock()
    sent = mailer(server, timeout_s=0.3, rest_s=5.0, clock=clock)

    async def later_at_once() -> list[BaseException | None]:
        clock.now += 5.0
        return await asyncio.gather(*(sent.send(BEN) for _ in range(4)), return_exceptions=True)

    server.answers["data"] = [HANG] * 2
    first, (*then,) = run(sent, sent.send(ADA), later_at_once())
    assert [type(one) for one in (first, *then)] == [Unavailable] * 5
    assert server.connections == 2, "one a time"
    assert [type(one) for one in run(sent, later_at_once())[0]].count(type(None)) == 1
    assert [to for _, to, _ in server.letters] == ["ben@example.org"]


@pytest.mark.parametrize(("answer", "type"), [("450 later", Unavailable), ("550 unknown", Undeliverable)])
def test_a_server_that_refuses_a_letter_after_a_rest_is_there_again(
    server: MailServer, answer: str, type: type[Exception]
) -> None:
    """Stops one bad address from keeping everybody's letters waiting once the server is back."""
    clock = Clock()
    server.answers |= {"mail": [HANG_UP], "rcpt": [answer]}
    sent = mailer(server, rest_s=5.0, clock=clock)

    async def five_seconds_later() -> None:
        clock.now += 5.0

    lost, _, refused, then = run(sent, sent.send(ADA), five_seconds_later(), sent.send(ADA), sent.send(BEN))
    assert isinstance(lost, Unavailable)
    assert isinstance(refused, type)
    assert then is None


@pytest.mark.parametrize("step", ["mail", "rcpt", "data"])
def test_a_server_that_hangs_up_before_it_has_taken_a_letter_gets_it_once(server: MailServer, step: str) -> None:
    server.answers[step] = [HANG_UP]
    sent = mailer(server, rest_s=0.0)
    refused, then = run(sent, sent.send(ADA), sent.send(ADA))
    assert isinstance(refused, Unavailable)
    assert (then, len(server.letters)) == (None, 1)


def test_a_letter_taken_while_the_answer_is_lost_comes_twice_and_can_be_told_to_be_one(server: MailServer) -> None:
    """At least once: nobody can know whether it was taken. Its Message-ID says that it is the same."""
    server.answers["after"] = [HANG_UP]
    sent = mailer(server, rest_s=0.0)
    letter = evolve(ADA, key="reaction:1:0")
    refused, then = run(sent, sent.send(letter), sent.send(letter))
    assert isinstance(refused, Unavailable)
    assert then is None
    first, again = (message_from_bytes(content, policy=default)["Message-ID"] for _, _, content in server.letters)
    assert first == again


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with mail_server() as gone:
        pass
    sent = mailer(gone)
    assert isinstance(run(sent, sent.send(ADA))[0], Unavailable)


def test_a_letter_that_is_given_up_half_way_leaves_no_connection(server: MailServer) -> None:
    """Cancelling one, as a worker that stops does, must not leave a connection on which half of it was said."""
    server.answers["data"] = [HANG]
    sent = mailer(server)

    async def cancelled() -> None:
        task = asyncio.create_task(sent.send(ADA))
        while not server.begun.is_set() or server.answers["data"]:
            await asyncio.sleep(0.005)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    assert run(sent, cancelled(), sent.send(BEN)) == [None, None]
    assert [to for _, to, _ in server.letters] == ["ben@example.org"]
    assert server.connections == 2


ODD = evolve(ADA, to="ünï@exämple.org")


def test_addresses_in_any_script_are_written_to_where_the_server_can(server: MailServer) -> None:
    sent = mailer(server)
    assert run(sent, sent.send(ODD), sent.send(evolve(ADA, to="dana@exämple.org"))) == [None, None]
    assert [to for _, to, _ in server.letters] == ["ünï@exämple.org", "dana@xn--exmple-cua.org"]
    assert message_from_bytes(server.letters[0][2], policy=default)["To"] == "ünï@exämple.org"


def test_a_server_that_cannot_never_gets_them() -> None:
    with mail_server(utf8=False) as server:
        sent = mailer(server)
        refused, then = run(sent, sent.send(ODD), sent.send(ADA))
        assert isinstance(refused, Undeliverable)
        assert (then, len(server.letters)) == (None, 1)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("smtp://mail.example", SmtpAddress(host="mail.example", port=587, encryption=Encryption.STARTTLS)),
        ("smtps://mail.example", SmtpAddress(host="mail.example", port=465, encryption=Encryption.TLS)),
        ("smtp+plain://[::1]:2525", SmtpAddress(host="::1", port=2525, encryption=Encryption.NONE)),
        (
            "smtp://a%40b:c%2Fd@mail.example:25",
            SmtpAddress(host="mail.example", port=25, encryption=Encryption.STARTTLS, username="a@b", password="c/d"),
        ),
    ],
)
def test_an_address_of_a_server_says_how_to_speak_to_it(url: str, found: SmtpAddress) -> None:
    assert SmtpAddress.of(url) == found
    assert "c/d" not in repr(found)


@pytest.mark.parametrize(
    "url",
    [
        *("", "mail.example", "http://mail.example", "smtp://", "smtp://mail.example:x", "smtp://mail.example:99999"),
        *("smtp://user@mail.example", "smtp://mail.example/inbox", "smtp://mail.example?tls=no", "smtp://[::1"),
    ],
)
def test_what_is_no_address_of_a_server_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match="SPARKLE_SMTP_URL"):
        mailer_of(Settings(smtp_url=url, mail_from="hello@sparkle.example"))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "[::1]", "localhost"])
def test_without_encryption_letters_stay_on_this_machine(host: str) -> None:
    mailer_of(Settings(smtp_url=f"smtp+plain://{host}", mail_from="hello@sparkle.example"))


@pytest.mark.parametrize("host", ["mail.example", "10.0.0.1", "[2001:db8::1]", "localhost.example"])
def test_without_encryption_they_cross_no_network_unless_that_is_said(host: str) -> None:
    settings = Settings(smtp_url=f"smtp+plain://{host}", mail_from="hello@sparkle.example")
    with pytest.raises(Invalid, match="unencrypted"):
        mailer_of(settings)
    mailer_of(evolve(settings, smtp_exposed=True))


def test_a_mail_server_needs_a_sender() -> None:
    with pytest.raises(Invalid, match="SPARKLE_MAIL_FROM: is not set"):
        mailer_of(Settings(smtp_url="smtp://mail.example"))
    with pytest.raises(Invalid, match="SPARKLE_MAIL_FROM: is not an email address"):
        mailer_of(Settings(smtp_url="smtp://mail.example", mail_from="nobody"))


async def letter_events(tx: Transaction) -> list[OutboxMessage]:
    return await tx.records.find(OUTBOX, eq("topic", "accounts.email_code_requested"))


def test_somebody_joins_while_the_mail_server_is_away_and_gets_one_letter() -> None:
    """From the command to the inbox, on a database: not now is tried again, and taken is not sent again."""
    with mail_server() as server, fresh_database("sqlite") as url:
        world = SeededWorld(7)
        server.answers["rcpt"] = ["451 try later", "451 try later"]
        settings = Settings(smtp_url=url_of(server, "smtp+plain", None), mail_from="hello@sparkle.example")
        with connect(url, settings=evolve(settings, key=bytes(32)), world=world) as sparkle:
            sparkle.run(Register(email="ada@example.org", username="ada", password=ADAS, agree_to_terms=True))
            for _ in range(4):
                sparkle.run_coroutine(sparkle.drain())
                world.advance(timedelta(seconds=8))
            (event,) = sparkle.run_coroutine(sparkle.store.read(letter_events))
            assert (event.delivery, event.attempts) == (Delivery.DONE, 2)
            ((_, to, content),) = server.letters
            code = str(message_from_bytes(content, policy=default)["Subject"])[:6]
            sparkle.run(VerifyEmail(email=to, code=code))


def test_whose_letters_come_back_is_told_so_here_and_the_letter_is_not_tried_for_ever() -> None:
    with mail_server() as server, fresh_database("sqlite") as url:
        server.answers["rcpt"] = ["550 unknown"] * 2
        settings = Settings(smtp_url=url_of(server, "smtp+plain", None), mail_from="hello@sparkle.example")
        with connect(url, settings=evolve(settings, key=bytes(32)), inline=True) as sparkle:
            ada = sparkle.run(Register(email="ada@example.org", username="ada", password=ADAS, agree_to_terms=True))
            (event,) = sparkle.run_coroutine(sparkle.store.read(letter_events))
            assert (event.delivery, event.attempts, server.letters) == (Delivery.DONE, 0, [])
            told = sparkle.run(MyNotifications(), actor=ada.actor).items
            assert ("letter_returned:verify_email", {"letter": "verify_email"}) in [(n.subject, n.data) for n in told]
            assert server.answers["rcpt"] == ["550 unknown"]


def test_the_doctor_signs_in_at_the_mail_server(tmp_path: Path) -> None:
    """As a program, where the system's own trust can be told of another certificate."""
    (tmp_path / "ca.pem").write_bytes(certificate()[0])
    with mail_server(starttls=True, sign_in=True) as server:
        said = CommandLine(tmp_path).apart(
            "doctor",
            "--json",
            SPARKLE_SMTP_URL=url_of(server),
            SPARKLE_MAIL_FROM="Sparkle <hello@sparkle.example>",
            SPARKLE_PUBLIC_URL="https://sparkle.example",
            SSL_CERT_FILE=str(tmp_path / "ca.pem"),
        )
        checks = {check["check"]: check for check in said.json["checks"]}
        assert checks["mail"]["found"] == f"localhost:{server.port}, STARTTLS, TLSv1.3, signed in"
        assert checks["mail"]["health"] == "fine"
        assert "mail folder" not in checks


def looked_at(settings: Settings) -> Finding:
    (found,) = mail_of(evolve(settings, mail_from="hello@sparkle.example"))
    return found


def test_the_doctor_says_what_is_wrong_with_a_mail_server_and_never_its_password() -> None:
    with mail_server(sign_in=True) as server:
        url = url_of(server, "smtp+plain")
        doubtful = looked_at(Settings(smtp_url=url))
        assert (doubtful.health, doubtful.mend) == (Health.DOUBTFUL, "set SPARKLE_PUBLIC_URL")
        wrong = looked_at(Settings(smtp_url=url.replace(USER, "nobody")))
        assert (wrong.health, "535" in wrong.found) == (Health.WRONG, True)
    gone = looked_at(Settings(smtp_url=url))
    assert (gone.health, "correct SPARKLE_SMTP_URL" in gone.mend) == (Health.WRONG, True)
    crossing = looked_at(Settings(smtp_url="smtp+plain://mail.example"))
    assert (crossing.health, "unencrypted" in crossing.found) == (Health.WRONG, True)
    assert not any(PASSWORD in str(found) for found in (doubtful, wrong, gone))


def test_the_doctor_names_letters_that_cross_a_network_unencrypted() -> None:
    examined = ExaminedMail("10.0.0.1:25", "no encryption", signed_in=False, exposed=True)
    found = told_of_mail(examined, Settings(public_url="https://sparkle.example"))
    assert (found.health, found.found) == (Health.DOUBTFUL, "10.0.0.1:25, no encryption")


def test_a_letter_without_a_loop_of_its_own_needs_one() -> None:
    """What waits says so: the community runs it on a loop even where its store never waits."""
    with mail_server() as server, fresh_database("sqlite") as url:
        settings = Settings(smtp_url=url_of(server, "smtp+plain", None), mail_from="hello@sparkle.example")
        with connect(url, settings=evolve(settings, key=bytes(32))) as sparkle:
            assert (sparkle.store.waits, sparkle.waits) == (False, True)

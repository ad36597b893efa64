"""The contract of `Mailer`, held against every adapter, and what files promise beyond it."""

import email
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTPUTF8, default
from pathlib import Path

import pytest

from sparkle_adapters.mail.files import MailFolder
from sparkle_adapters.mail.memory import Mailbox
from sparkle_adapters.mail.smtp import SmtpMailer
from sparkle_core.domain.kernel.errors import Unavailable
from sparkle_core.ports.driving import drive
from sparkle_core.ports.mail import Letter
from sparkle_core.testing.contracts import MailerContract, Post, running
from sparkle_core.testing.contracts.mailer import letter
from tests.mail_server import address_of, mail_server, trusting


def _plain(letter: Letter) -> EmailMessage:
    """A message from which the letter can be read again."""
    message = EmailMessage(policy=SMTPUTF8)
    message["From"], message["To"], message["Subject"] = "hello@sparkle.example", letter.to, letter.kind
    message.set_content("\n".join(f"{name}={value}" for name, value in letter.data.items()))
    return message


def _read(file: Path) -> Letter:
    content = file.read_bytes()
    return _parsed(email.message_from_bytes(content, policy=default)["To"], content)


def _parsed(to: str, content: bytes) -> Letter:
    message = email.message_from_bytes(content, policy=default)
    data = dict(line.split("=", 1) for line in message.get_content().splitlines())
    return Letter(to=to, kind=message["Subject"], data=data)


class TestTheMailbox(MailerContract):
    @pytest.fixture
    def post(self) -> Post:
        mailbox = Mailbox()
        return Post(mailbox, lambda: mailbox.letters)


class TestTheMailFolder(MailerContract):
    @pytest.fixture
    def post(self, tmp_path: Path) -> Post:
        folder = tmp_path / "mail"
        return Post(MailFolder(folder, _plain), lambda: map(_read, sorted(folder.glob("*.eml"))))


class TestTheMailServer(MailerContract):
    @pytest.fixture
    def post(self) -> Iterator[Post]:
        with mail_server(starttls=True, sign_in=True) as server, running(True) as runs:
            mailer = SmtpMailer(address_of(server), _plain, hostname="sparkle.example", tls=trusting())
            yield Post(mailer, lambda: [_parsed(to, content) for _, to, content in server.letters], runs)
            runs.run(mailer.close())


def test_a_folder_that_cannot_be_written_to_is_unavailable_and_leaves_nothing(tmp_path: Path) -> None:
    in_the_way = tmp_path / "mail"
    in_the_way.write_text("a file")
    with pytest.raises(Unavailable, match="mail folder"):
        drive(MailFolder(in_the_way, _plain).send(letter("ada")))
    assert in_the_way.read_text() == "a file"


def test_letters_in_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    drive(MailFolder(tmp_path, _plain).send(letter("ada")))
    assert [file.stat().st_mode & 0o777 for file in tmp_path.iterdir()] == [0o600]

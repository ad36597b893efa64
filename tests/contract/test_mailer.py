"""The contract of `Mailer`, held against every adapter: a letter handed over is kept, whole, or refused."""

import asyncio
import email
from collections.abc import Callable, Iterable
from email.policy import default
from pathlib import Path

import pytest
from attrs import frozen

from sparkle_adapters.driving import drive
from sparkle_adapters.mail.files import MailFolder
from sparkle_adapters.mail.memory import Mailbox
from sparkle_core.domain.kernel.errors import Unavailable
from sparkle_core.ports.mail import Letter, Mailer


@frozen
class Post:
    """A mailer, and what has come out of it so far, in order."""

    mailer: Mailer
    letters: Callable[[], Iterable[Letter]]

    def send(self, *letters: Letter) -> None:
        for letter in letters:
            drive(self.mailer.send(letter))


def letter(name: str, code: str = "123456") -> Letter:
    return Letter(to=f"{name}@example.org", kind="verify_email", data={"username": name, "code": code})


def _plain(letter: Letter) -> tuple[str, str]:
    """Wording from which the letter can be read again."""
    return letter.kind, "\n".join(f"{name}={value}" for name, value in letter.data.items())


def _read(file: Path) -> Letter:
    message = email.message_from_bytes(file.read_bytes(), policy=default)
    data = dict(line.split("=", 1) for line in message.get_content().splitlines())
    return Letter(to=message["To"], kind=message["Subject"], data=data)


@pytest.fixture(params=["memory", "files"])
def post(request: pytest.FixtureRequest, tmp_path: Path) -> Post:
    if request.param == "memory":
        mailbox = Mailbox()
        return Post(mailbox, lambda: mailbox.letters)
    folder = tmp_path / "mail"
    return Post(MailFolder(folder, _plain), lambda: map(_read, sorted(folder.glob("*.eml"))))


def test_letters_come_out_as_they_went_in_and_in_that_order(post: Post) -> None:
    sent = [letter("ada"), letter("grace", "000001"), letter("ada", "999999")]
    post.send(*sent)
    assert list(post.letters()) == sent


def test_a_letter_may_say_anything_in_any_script(post: Post) -> None:
    odd = Letter(to="ünï@exämple.org", kind="verify_email", data={"username": "Ада 🎨 <b>", "code": "1"})
    post.send(odd)
    assert list(post.letters()) == [odd]


def test_the_same_letter_twice_is_two_letters(post: Post) -> None:
    post.send(letter("ada"), letter("ada"))
    assert len(list(post.letters())) == 2


def test_letters_sent_at_once_are_all_kept(post: Post) -> None:
    async def all_at_once() -> None:
        await asyncio.gather(*(post.mailer.send(letter(f"fan{n}")) for n in range(50)))

    asyncio.run(all_at_once())
    assert {one.to for one in post.letters()} == {f"fan{n}@example.org" for n in range(50)}


def test_a_folder_that_cannot_be_written_to_is_unavailable_and_leaves_nothing(tmp_path: Path) -> None:
    in_the_way = tmp_path / "mail"
    in_the_way.write_text("a file")
    with pytest.raises(Unavailable, match="mail folder"):
        drive(MailFolder(in_the_way, _plain).send(letter("ada")))
    assert in_the_way.read_text() == "a file"


def test_letters_in_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    drive(MailFolder(tmp_path, _plain).send(letter("ada")))
    assert [file.stat().st_mode & 0o777 for file in tmp_path.iterdir()] == [0o600]

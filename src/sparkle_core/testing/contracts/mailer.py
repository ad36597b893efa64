"""The contract of `Mailer`, held against every adapter: a letter handed over is kept, whole, or refused."""

from collections.abc import Callable, Iterable

import pytest
from attrs import frozen

from sparkle_core.ports.mail import Letter, Mailer
from sparkle_core.testing.contracts.staging import Runs


@frozen
class Post:
    """A mailer, what has come out of it so far, in order, and what runs it: say that of `running(True)` if it waits."""

    mailer: Mailer
    letters: Callable[[], Iterable[Letter]]
    runs: Runs = Runs()

    def send(self, *letters: Letter) -> None:
        for letter in letters:
            self.runs.run(self.mailer.send(letter))


def letter(name: str, code: str = "123456") -> Letter:
    return Letter(to=f"{name}@example.org", kind="verify_email", data={"username": name, "code": code})


class MailerContract:
    """A letter handed over is kept, whole, or refused. Say a fixture `post`."""

    @pytest.fixture
    def post(self) -> Post:
        """The mailer, and how to read what it was given."""
        raise NotImplementedError("a fixture `post` of your own answers Post(mailer, letters)")

    def test_letters_come_out_as_they_went_in_and_in_that_order(self, post: Post) -> None:
        sent = [letter("ada"), letter("grace", "000001"), letter("ada", "999999")]
        post.send(*sent)
        assert list(post.letters()) == sent

    def test_a_letter_may_say_anything_in_any_script(self, post: Post) -> None:
        odd = Letter(to="ünï@exämple.org", kind="verify_email", data={"username": "Ада 🎨 <b>", "code": "1"})
        post.send(odd)
        assert list(post.letters()) == [odd]

    def test_the_same_letter_twice_is_two_letters(self, post: Post) -> None:
        post.send(letter("ada"), letter("ada"))
        assert len(list(post.letters())) == 2

    def test_letters_sent_at_once_are_all_kept(self, post: Post) -> None:
        made = [lambda n=n: post.mailer.send(letter(f"fan{n}")) for n in range(50)]
        assert post.runs.together(made) == [None] * 50
        assert sorted(one.to for one in post.letters()) == sorted(f"fan{n}@example.org" for n in range(50))

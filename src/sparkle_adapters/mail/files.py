"""Mail as files in a folder, so that codes can be read by hand in development."""

import os
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from uuid_utils.compat import uuid7

from sparkle_core.domain.kernel.errors import Unavailable
from sparkle_core.ports.mail import Letter

Wording = Callable[[Letter], tuple[str, str]]
"""A letter's subject and text."""


class MailFolder:
    """The `Mailer` port: one `.eml` file a letter, newest last by name, readable only by the owner."""

    def __init__(self, folder: Path, wording: Wording, sender: str = "Sparkle <hello@sparkle.example>") -> None:
        self._folder, self._wording, self._sender = folder, wording, sender

    async def send(self, letter: Letter) -> None:
        subject, text = self._wording(letter)
        message = EmailMessage(policy=SMTP)
        message["From"], message["To"], message["Subject"] = self._sender, letter.to, subject
        message.set_content(text)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            name = f"{uuid7()}.eml"
            with open(os.open(self._folder / f".{name}", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.write(bytes(message))
            (self._folder / f".{name}").rename(self._folder / name)
        except OSError as error:
            raise Unavailable("the mail folder") from error

"""Mail as files in a folder, so that codes can be read by hand in development."""

import os
from pathlib import Path

from uuid_utils.compat import uuid7

from sparkle_adapters.mail.composing import Composes
from sparkle_core.domain.kernel.errors import Unavailable
from sparkle_core.ports.mail import Letter


class MailFolder:
    """The `Mailer` port: one `.eml` file a letter, newest last by name, readable only by the owner."""

    def __init__(self, folder: Path, composes: Composes) -> None:
        self._folder, self._composes = folder, composes

    async def send(self, letter: Letter) -> None:
        message = bytes(self._composes(letter))
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            name = f"{uuid7()}.eml"
            with open(os.open(self._folder / f".{name}", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.write(message)
            (self._folder / f".{name}").rename(self._folder / name)
        except OSError as error:
            raise Unavailable("the mail folder") from error

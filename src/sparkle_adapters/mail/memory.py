"""A mailbox in memory, for tests and for trying things out."""

from sparkle_core.ports.mail import Letter


class Mailbox:
    """The `Mailer` port; keeps every letter."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    async def send(self, letter: Letter) -> None:
        self.letters.append(letter)

    def latest(self, to: str) -> Letter:
        """The newest letter to an address. Raises LookupError when there is none."""
        for letter in reversed(self.letters):
            if letter.to == to:
                return letter
        raise LookupError(f"no letter to {to}")

"""What letters say, in English. Other languages are other functions of the same shape."""

from sparkle_core.ports.mail import Letter

_LETTERS: dict[str, tuple[str, str]] = {
    "verify_email": (
        "{code} is your Sparkle code",
        "Hello {username},\n\nwelcome! Your code is\n\n    {code}\n\nIt works once, for ten minutes. "
        "If you did not ask for it, ignore this mail.\n",
    ),
    "address_in_use": (
        "Somebody tried to join Sparkle with your address",
        "Hello {username},\n\nsomebody, perhaps you, tried to join with this address, which has an account already. "
        "You can simply log in. If it was not you, there is nothing to do.\n",
    ),
}


def worded(letter: Letter) -> tuple[str, str]:
    """A letter's subject and text. Raises KeyError for a kind that has no wording."""
    subject, text = _LETTERS[letter.kind]
    return subject.format(**letter.data), text.format(**letter.data)

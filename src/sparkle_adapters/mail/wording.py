"""What letters say, in English. Other languages are other functions of the same shape."""

from sparkle_core.ports.mail import Letter

_LETTERS: dict[str, tuple[str, str]] = {
    "verify_email": (
        "{code} is your Sparkle code",
        "Hello {username},\n\nwelcome! Your code is\n\n    {code}\n\nIt works once, for ten minutes. "
        "If you did not ask for it, ignore this mail.\n",
    ),
    "reset_password": (
        "Choose a new Sparkle password",
        "Hello {username},\n\nsomebody, perhaps you, asked for a new password. To choose one, use this within an "
        "hour; it works once:\n\n    {token}\n\nIf it was not you, ignore this mail: nothing changes.\n",
    ),
    "password_changed": (
        "Your Sparkle password was changed",
        "Hello {username},\n\nyour password was changed, and every other session of yours has ended. If it was not "
        "you, ask for a new password at once.\n",
    ),
    "two_factor_on": (
        "Signing in to Sparkle takes a second factor now",
        "Hello {username},\n\nfrom now on signing in also takes a code of your app. Keep your backup codes where "
        "nobody else looks. If it was not you, ask for a new password at once.\n",
    ),
    "two_factor_off": (
        "Signing in to Sparkle takes no second factor any more",
        "Hello {username},\n\nfrom now on your password alone signs you in. If it was not you, ask for a new password "
        "at once, and set up a second factor again.\n",
    ),
    "backup_code_used": (
        "A backup code was used to sign in to Sparkle",
        "Hello {username},\n\none of your backup codes was used; {left} are left. If it was not you, ask for a new "
        "password at once, and make new codes.\n",
    ),
    "few_backup_codes": (
        "You have few backup codes left",
        "Hello {username},\n\none of your backup codes was used, and only {left} are left: make new ones. If it was "
        "not you, ask for a new password at once.\n",
    ),
    "confirm_email": (
        "{code} confirms your new Sparkle address",
        "Hello {username},\n\nyour code is\n\n    {code}\n\nIt works once, for ten minutes. If you did not ask for "
        "it, ignore this mail.\n",
    ),
    "email_changed": (
        "Your Sparkle address was changed",
        "Hello {username},\n\nyou sign in with another address from now on, and mail goes there. If it was not you, "
        "write to us from this address.\n",
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

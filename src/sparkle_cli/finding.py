"""What the doctor says of one thing."""

from enum import Enum

from attrs import frozen


class Health(Enum):
    """How one thing stands."""

    FINE = "fine"
    DOUBTFUL = "doubtful"
    WRONG = "wrong"


@frozen
class Finding:
    """One thing that was looked at: how it stands, what was found, and how to mend it."""

    what: str
    health: Health
    found: str
    mend: str = ""

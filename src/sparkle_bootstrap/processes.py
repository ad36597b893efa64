"""What a process that is there to serve does once, when everything is imported."""

import gc

NEW_OBJECTS = 20_000
"""How many objects come into being before Python looks for cycles among them; its own default is 700."""


def settle() -> None:
    """Let the garbage collector leave alone what stays for good, and look for cycles less often.

    Rows, answers and events are freed without it; a batch of tips makes tens of thousands of them
    that are alive at once, and with Python's own settings a fifth of its time went into looking
    through them. For processes that serve or work; a library does not decide this for others.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 20, 20)

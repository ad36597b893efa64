"""Exit codes, one a category of refusal."""

from sparkle_core.domain.kernel.errors import Category, SparkleError

FINE = 0
UNEXPECTED = 1
UNSOUND = 1
"""What a check answers that found something wrong."""
INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""
UNHEARD = 141
"""128 + SIGPIPE."""

EXIT = {
    Category.INVALID: 2,
    Category.UNAUTHENTICATED: 3,
    Category.FORBIDDEN: 4,
    Category.NOT_FOUND: 5,
    Category.CONFLICT: 6,
    Category.LIMITED: 7,
    Category.UNAVAILABLE: 8,
}


def exit_of(error: Exception) -> int:
    """The exit code for an error; 1 for what nobody foresaw."""
    if isinstance(error, SparkleError):
        return EXIT[error.category]
    return EXIT[Category.UNAVAILABLE] if isinstance(error, ConnectionError | TimeoutError) else UNEXPECTED

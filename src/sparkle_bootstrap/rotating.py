"""Re-encrypting what is under older keys: batch by batch, until nothing is left that can be."""

from collections.abc import Callable
from uuid import UUID

from attrs import frozen

from sparkle_bootstrap.sparkle import Sparkle
from sparkle_core.application.rotation import KeysInUse, KeyState, Reencrypt, RowsUnder
from sparkle_core.domain.kernel.actors import SYSTEM, Actor
from sparkle_core.domain.kernel.sealed import Purpose
from sparkle_core.domain.kernel.stored import PAGE_MAX


@frozen
class Rotation:
    """How many rows are under the active key now, which do not open, and what is under older keys all the same."""

    done: int
    broken: tuple[tuple[str, UUID], ...]
    left: tuple[RowsUnder, ...]


def reencrypt(
    sparkle: Sparkle,
    *,
    batch: int = PAGE_MAX,
    told: Callable[[int, int], None] = lambda done, of: None,
    actor: Actor = SYSTEM,
) -> Rotation:
    """Put every sealed row that is under an older key under the active one, in batches of a transaction each.

    May be stopped at any moment and begun again, and run beside servers, workers and itself. Goes over the rows until
    none is left but those that do not open: a process that was at it before the promotion may have added one.
    """
    done, broken = 0, dict[tuple[str, UUID], None]()
    while True:
        older = _older(sparkle)
        of = done + sum(rows.rows for rows in older)
        before = done
        for rows in older:
            after: UUID | None = None
            while True:
                command = Reencrypt(field=rows.field, key=rows.key, after=after, limit=batch)
                page = sparkle.run(command, actor=actor)
                done += page.done
                broken |= dict.fromkeys((rows.field, id) for id in page.broken)
                told(done, of)
                after = page.last
                if after is None:
                    break
        if done == before:
            return Rotation(done, tuple(broken), older)


def _older(sparkle: Sparkle) -> tuple[RowsUnder, ...]:
    found = sparkle.run(KeysInUse(), actor=SYSTEM)
    return tuple(r for r in found if r.purpose is Purpose.SECRETS and r.state is KeyState.OLDER)

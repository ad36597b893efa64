"""A store that fails at a chosen moment, as one does whose disk or connection goes away."""

from typing import Any

from attrs import evolve, frozen, mutable

from sparkle_bootstrap import Sparkle
from sparkle_core.domain.kernel.errors import Unavailable
from sparkle_core.ports.store import Body, Store


@mutable
class Fuse:
    """Blows after so many calls of a transaction; None for never. `blown`: whether it did."""

    left: int | None = None
    blown: bool = False

    def burn(self) -> None:
        if self.left is None:
            return
        self.left -= 1
        if self.left < 0:
            self.left, self.blown = None, True
            raise Unavailable("The store")


@frozen
class Fused:
    """Records or a ledger whose every call burns the fuse first."""

    inner: Any
    fuse: Fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.inner, name)
        if not callable(found):
            return found

        def called(*args: Any, **kwargs: Any) -> Any:
            self.fuse.burn()
            return found(*args, **kwargs)

        return called


@frozen
class FusedTransaction:
    records: Any
    ledger: Any


@mutable
class FusedStore:
    """Another store, with a fuse: what is in a transaction when it blows is rolled back."""

    inner: Store
    fuse: Fuse
    waits: bool

    async def transact(self, body: Body[Any]) -> Any:
        async def fused(tx: Any) -> Any:
            answer = await body(FusedTransaction(Fused(tx.records, self.fuse), Fused(tx.ledger, self.fuse)))
            self.fuse.burn()  # all was said, and nothing committed
            return answer

        return await self.inner.transact(fused)

    async def read(self, body: Body[Any], *, one_statement: bool = False) -> Any:
        return await self.inner.read(body, one_statement=one_statement)

    async def pause(self, seconds: float) -> None:
        await self.inner.pause(seconds)

    async def close(self) -> None:
        await self.inner.close()


def fused(sparkle: Sparkle) -> Fuse:
    """Put a fuse into what a community dispatches; its relay keeps the sound store."""
    fuse = Fuse()
    sparkle.dispatcher = evolve(sparkle.dispatcher, store=FusedStore(sparkle.store, fuse, sparkle.store.waits))
    return fuse

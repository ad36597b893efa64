"""The contract of the hash chain: what is sealed is linked, and verified as it was written."""

import hmac
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest

from sparkle_core.domain.economy.chain import Head
from sparkle_core.domain.economy.ledger import ISSUANCE
from sparkle_core.domain.economy.verifying import RowFault, Verification
from sparkle_core.domain.kernel.digests import KeyedDigest
from sparkle_core.ports.store import Store, Transaction
from sparkle_core.testing.contracts.ledger_hot import key, sealed, sealing
from sparkle_core.testing.contracts.on_a_store import OnAStore
from sparkle_core.testing.contracts.shapes import NOON
from sparkle_core.testing.contracts.staging import Stage
from sparkle_core.testing.contracts.transfers import ADA, BEN, CYD, asked, opened_with, post, reversal, transfer


def verified(stage: Stage[Any], by: KeyedDigest = key, known: Head | None = None) -> Verification:
    found: Verification = asked(stage, lambda ledger: ledger.verify(by, known))
    return found


def another_key(data: bytes) -> bytes:
    return hmac.digest(b"another", data, "sha256")


class SealedContract(OnAStore):
    """The chain over what is sealed, and what waits to be."""

    @pytest.fixture
    def chained(self, stage: Stage[Store]) -> Stage[Store]:
        """A store with four transfers sealed and three that wait."""
        opened_with(stage, ada=100, ben=0, cyd=20)
        given = transfer("given", ADA, BEN, 30)
        post(stage, given, transfer("on", BEN, CYD, 10))
        sealed(stage, 4)
        post(stage, reversal(given, "back", 25), transfer("more", ISSUANCE, CYD, 5))
        return stage

    def test_an_empty_ledger_is_as_it_was_written(self, stage: Stage[Store]) -> None:
        found = verified(stage)
        assert found.holds
        assert (found.seals, found.links, found.waiting, found.head, found.mac) == (0, 0, 0, 0, "")

    def test_what_is_sealed_is_linked_and_what_waits_is_not(self, chained: Stage[Store]) -> None:
        found = verified(chained)
        assert found.holds, found.faults
        assert (found.links, found.head, found.waiting) == (4, 4, found.proof.transfers - 4)
        assert 1 <= found.seals <= 4
        assert len(found.mac) == 64
        sealed(chained, found.waiting)
        after = verified(chained)
        assert after.holds, after.faults
        assert (after.links, after.waiting) == (found.proof.transfers, 0)
        assert after.seals > found.seals
        assert after.mac != found.mac

    def test_each_seal_goes_on_where_the_last_one_ended(self, chained: Stage[Store]) -> None:
        before = verified(chained)
        post(chained, *(transfer(f"tip {n}", ADA, CYD, 1) for n in range(5)))
        sealed(chained, before.waiting + 5, limit=1)
        after = verified(chained)
        assert after.holds, after.faults
        assert after.seals == before.seals + before.waiting + 5

    def test_a_seal_that_is_rolled_back_leaves_no_link(self, chained: Stage[Store]) -> None:
        async def body(tx: Transaction) -> None:
            while not await tx.ledger.seal(key, NOON):
                pass
            found = await tx.ledger.verify(key)
            assert found.holds, found.faults
            assert found.links > 4
            raise ValueError("on purpose")

        with pytest.raises(ValueError, match="on purpose"):
            chained.transact(body)
        found = verified(chained)
        assert found.holds, found.faults
        assert found.links == 4

    def test_who_has_another_key_finds_no_link_that_was_made_with_it(self, chained: Stage[Store]) -> None:
        """Stops somebody without the deployment's key from writing a chain of their own."""
        found = verified(chained, another_key)
        assert [f.id for f in found.faults if f.table == "ledger_link"] == ["1", "2", "3", "4"]
        assert len([f for f in found.faults if f.table == "ledger_seal"]) == found.seals

    def test_a_head_that_was_noted_is_still_there_later(self, chained: Stage[Store]) -> None:
        """Stops an old copy of the whole ledger, chain and all, from passing for today's."""
        before = verified(chained)
        noted = Head(links=before.head, mac=before.mac)
        sealed(chained, before.waiting)
        assert verified(chained, known=noted).holds
        after = verified(chained)
        other = Head(links=before.head, mac=after.mac)
        assert verified(chained, known=other).faults == (
            RowFault("ledger_link", "4", "it is not the head that was noted"),
        )
        later = Head(links=after.head + 1, mac=after.mac)
        assert verified(chained, known=later).faults == (
            RowFault(
                "ledger_link", str(after.head + 1), "it is missing: the chain ends before the head that was noted"
            ),
        )

    def test_sealers_at_once_make_one_chain(self, chained: Stage[Store]) -> None:
        """Stops two workers from linking two transfers to the same one before."""
        before = verified(chained)
        post(chained, *(transfer(f"tip {n}", ADA, CYD, 1) for n in range(30)))

        def step(n: int) -> Callable[[Transaction], Coroutine[None, None, int]]:
            async def body(tx: Transaction) -> int:
                return await tx.ledger.seal(key, NOON + timedelta(seconds=n), 4)

            return body

        outcomes = chained.together([lambda n=n: chained.retried(step(n)) for n in range(16)])  # type: ignore[misc]
        assert not [o for o in outcomes if isinstance(o, Exception)]
        sealed(chained, before.waiting + 30 - sum(o for o in outcomes if isinstance(o, int)))
        found = verified(chained)
        assert found.holds, found.faults
        assert found.links == before.links + before.waiting + 30
        assert chained.transact(sealing()) == 0

"""What people are told of a transfer."""

from attrs import frozen

from sparkle_core.domain.economy.ledger import Transfer, TransferKind
from sparkle_core.domain.kernel.fields import Instant, Record


@frozen(kw_only=True)
class TransferReceipt(Record):
    """A transfer as it was posted."""

    namespace: str
    key: str
    amount: int
    kind: TransferKind
    reference: str
    at: Instant


def receipt_of(transfer: Transfer) -> TransferReceipt:
    """What is told of a transfer."""
    return TransferReceipt(
        namespace=transfer.id.namespace,
        key=transfer.id.key,
        amount=transfer.amount,
        kind=transfer.kind,
        reference=transfer.reference,
        at=transfer.at,
    )

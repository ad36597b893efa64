"""The ledger's tables by name, and transfers and entries as their rows."""

from sparkle_adapters.sql.compiled import Row
from sparkle_core.domain.economy.ledger import Currency, Entry, Transfer, TransferId

ACCOUNT, TRANSFER, ENTRY = "ledger_account", "ledger_transfer", "ledger_entry"
HOLD, UNSEALED = "ledger_hold", "ledger_unsealed"


def transfer_row(transfer: Transfer) -> Row:
    of = transfer.reverses
    return (
        transfer.id.namespace,
        transfer.id.key,
        transfer.debit,
        transfer.credit,
        transfer.amount,
        transfer.currency.value,
        transfer.kind,
        transfer.reference,
        transfer.actor,
        transfer.at,
        of.namespace if of else None,
        of.key if of else None,
    )


def transfer_of(row: Row) -> Transfer:
    namespace, key, debit, credit, amount, currency, kind, reference, actor, at, of_namespace, of_key = row
    return Transfer(
        id=TransferId(namespace, key),
        debit=debit,
        credit=credit,
        amount=amount,
        currency=Currency(currency),
        kind=kind,
        reference=reference,
        actor=actor,
        at=at,
        reverses=TransferId(of_namespace, of_key) if of_key is not None else None,
    )


def entry_row(entry: Entry) -> Row:
    return (
        entry.account,
        entry.sequence,
        entry.transfer.namespace,
        entry.transfer.key,
        entry.kind,
        entry.reference,
        entry.amount,
        entry.before,
        entry.after,
        entry.at,
    )


def entry_of(row: Row) -> Entry:
    account, sequence, namespace, key, kind, reference, amount, before, after, at = row
    return Entry(
        account=account,
        sequence=sequence,
        transfer=TransferId(namespace, key),
        kind=kind,
        reference=reference,
        amount=amount,
        before=before,
        after=after,
        at=at,
    )

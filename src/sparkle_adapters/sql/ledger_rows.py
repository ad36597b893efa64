"""The ledger's tables by name, and transfers, entries, links and seals as their rows."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from sparkle_adapters.codec import rows_of
from sparkle_adapters.sql.compiled import Row
from sparkle_core.domain.economy.chain import Link, Seal
from sparkle_core.domain.economy.ledger import Currency, Entry, Transfer, TransferId
from sparkle_core.domain.kernel.digests import Parts, instant_text

ACCOUNT, TRANSFER, ENTRY = "ledger_account", "ledger_transfer", "ledger_entry"
HOLD, UNSEALED = "ledger_hold", "ledger_unsealed"
LINK, SEAL = "ledger_link", "ledger_seal"

_AS_TEXT = {kind: sa.Text().with_variant(kind, "postgresql") for kind in (sa.Uuid(), sa.DateTime(timezone=True))}


def raw(columns: Iterable[sa.Column[Any]]) -> list[sa.ColumnElement[Any]]:
    """Columns to be read as they are: on SQLite an id or an instant may be any text, if somebody wrote it there."""
    return [_raw(column) for column in columns]


def _raw(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    for kind, text in _AS_TEXT.items():
        if isinstance(column.type, type(kind)):
            return sa.type_coerce(column, text).label(column.name)
    return column


def parts_of(row: Iterable[Any]) -> Parts:
    """A row that was read raw, as its parts."""
    return tuple(_plain(value) for value in row)


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return value.hex
    return instant_text(value) if isinstance(value, datetime) else value


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


def link_row(link: Link) -> Row:
    return (
        link.number,
        link.transfer.namespace,
        link.transfer.key,
        link.debit_sequence,
        link.credit_sequence,
        link.transfer_digest,
        link.debit_digest,
        link.credit_digest,
        link.previous,
        link.mac,
    )


def link_of(row: Row) -> Link:
    number, namespace, key, debit, credit, transfer_digest, debit_digest, credit_digest, previous, mac = row
    return Link(
        number=number,
        transfer=id_of(namespace, key),
        debit_sequence=debit,
        credit_sequence=credit,
        transfer_digest=transfer_digest,
        debit_digest=debit_digest,
        credit_digest=credit_digest,
        previous=previous,
        mac=mac,
    )


def seal_row(seal: Seal) -> Row:
    return (seal.number, seal.first, seal.head, seal.head_mac, datetime.fromisoformat(seal.at), seal.mac)


def seal_of(row: Row) -> Seal:
    number, first, head, head_mac, at, mac = row
    return Seal(number=number, first=first, head=head, head_mac=head_mac, at=_plain(at), mac=mac)


_id_of = rows_of(TransferId).value


def id_of(namespace: str, key: str) -> TransferId:
    """A transfer's id as it stands in a row: not checked again, as it may be what somebody wrote there."""
    return _id_of((namespace, key))

"""The archive of a person: one ZIP file with everything that is held about them. Source: docs/contexts/accounts.md.

`data.json` has every row by its stored thing, numbers, relations and the ledger's entries; `media.json` the addresses
of pictures; `README.txt` says so. What opens something, and hashes of it, is left out, and so are other people's ids
where they only say who looked after a row.
"""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from datetime import datetime
from typing import IO, Any, Self
from uuid import UUID

from attrs import field, frozen

from sparkle_core.application.kernel.work import found
from sparkle_core.application.shared.holdings import Holdings, Shape, rows_about
from sparkle_core.domain.accounts import EXPORT_PARTS, PEOPLE, PROFILES
from sparkle_core.domain.accounts.people import Person
from sparkle_core.domain.economy.ledger import Currency
from sparkle_core.domain.economy.money import purse
from sparkle_core.domain.kernel.errors import CannotOpen
from sparkle_core.domain.kernel.fields import Record, UserId
from sparkle_core.domain.kernel.stored import Kind
from sparkle_core.ports.ledger import Ledger
from sparkle_core.ports.security import Cipher, Place
from sparkle_core.ports.store import Records
from sparkle_core.ports.text import Codec

FORMAT = 1
"""Grows with each change that would mislead a program which reads archives."""

_README = """\
Everything that Sparkle holds about you, as of {at:%Y-%m-%d %H:%M} UTC.

data.json    "stored" has every row by the table it is in; "numbers" what is counted of you;
             "relations" what you have reacted to; "ledger" each entry of your accounts, newest first.
media.json   the addresses of your pictures.

Times are in UTC. Points are whole; money is in the smallest unit of its currency.
Left out is what opens your account (passwords, tokens, secrets), of which we keep only hashes or
sealed texts, and who of our moderators looked after what.
"""


@frozen(kw_only=True)
class Archive(Record):
    """A ZIP file, and what to call it."""

    file_name: str
    data: bytes = field(repr=False)

    @classmethod
    def named(cls, made_at: datetime, data: bytes) -> Self:
        return cls(file_name=f"sparkle-{made_at:%Y-%m-%d}.zip", data=data)


@frozen
class Reads:
    """What an archive is made with: one snapshot's rows and ledger, and how rows are written and opened."""

    records: Records
    ledger: Ledger
    holdings: Holdings
    codec: Codec
    cipher: Cipher


async def archive_of(reads: Reads, user_id: UserId, now: datetime) -> Archive:
    """All that is held about a person. Raises `NotFound`."""
    person = found(await reads.records.get(PEOPLE, user_id), "person")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(_entry("data.json", now), "w") as file:
            about = {"format": FORMAT, "made_at": now.isoformat(), "person": str(person.id)}
            file.write(f'{{"about": {json.dumps(about)},\n"stored": {{'.encode())
            for number, shape in enumerate(s for s in reads.holdings.shapes if s is not EXPORT_PARTS):
                file.write(f'{"," if number else ""}\n"{shape.name}": '.encode())
                await _write(file, _rows(reads, shape, person))
            file.write(b'},\n"numbers": ')
            await _write(file, _numbers(reads, person))
            file.write(b',\n"relations": ')
            await _write(file, _relations(reads, person))
            file.write(b',\n"ledger": ')
            await _write(file, _entries(reads, person))
            file.write(b"}\n")
        media = json.dumps(await _media(reads, person), indent=2)
        archive.writestr(_entry("media.json", now), media + "\n")
        archive.writestr(_entry("README.txt", now), _README.format(at=now))
    return Archive.named(now, made.getvalue())


def _entry(name: str, now: datetime) -> zipfile.ZipInfo:
    """Dated by the world's clock, so that one person at one moment has one archive."""
    entry = zipfile.ZipInfo(name, now.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


async def _write(file: IO[bytes], values: AsyncIterator[Any]) -> None:
    """A list in JSON, one value a line, as they come: however many there are, few of them are in memory."""
    before = "[\n"
    async for value in values:
        file.write(f"{before}{json.dumps(value, ensure_ascii=False)}".encode())
        before = ",\n"
    file.write(b"[]" if before == "[\n" else b"]")


async def _rows(reads: Reads, shape: Shape, person: Person) -> AsyncIterator[dict[str, Any]]:
    hidden = {name for name, handling in shape.personal.items() if handling.opens} | {"recorded", "version"}
    hidden |= set(shape.people) - set(shape.owners)
    sealed = set(shape.sealed) - hidden if isinstance(shape, Kind) else set()
    async for row in rows_about(reads.records, shape, person):
        told = {name: value for name, value in json.loads(reads.codec.encode(row)).items() if name not in hidden}
        for name in sealed:
            told[name] = _opened(reads.cipher, Place(shape.name, name, row.id), told[name])
        yield told


def _opened(cipher: Cipher, place: Place, text: str | None) -> str | None:
    try:
        return None if text is None else cipher.open(place, text).decode()
    except CannotOpen:
        return None


async def _numbers(reads: Reads, person: Person) -> AsyncIterator[dict[str, Any]]:
    for counter in reads.holdings.counters:
        for (_, kind), number in sorted((await reads.records.counts(counter, [person.id])).items()):
            yield {"of": counter.name, "kind": kind, "number": number}


async def _relations(reads: Reads, person: Person) -> AsyncIterator[dict[str, str]]:
    for edge in reads.holdings.edges:
        last: tuple[UUID, str] | None = None
        while page := await reads.records.targets(edge, person.id, after=last):
            for target, kind in page:
                yield {"of": edge.name, "to": str(target), "kind": kind}
            last = page[-1]


async def _entries(reads: Reads, person: Person) -> AsyncIterator[Any]:
    for currency in Currency:
        account, before = purse(person.id, currency).id, None
        while entries := await reads.ledger.entries(account, before=before):
            for entry in entries:
                yield {"currency": currency.value, **json.loads(reads.codec.encode(entry))}
            before = entries[-1].sequence


async def _media(reads: Reads, person: Person) -> list[dict[str, str]]:
    """Where their pictures are; there are no others yet."""
    profile = await reads.records.get(PROFILES, person.id)
    pictures = {name: getattr(profile, name) for name in ("image", "banner")} if profile else {}
    return [{"what": f"profile.{name}", "url": url} for name, url in pictures.items() if url]

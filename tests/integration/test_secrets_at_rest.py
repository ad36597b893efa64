"""What whoever reads or writes the database can do with a secret: nothing. On SQLite and PostgreSQL.

Each test does to the rows what an attacker would, and says which attack it stops.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from attrs import frozen

from sparkle_adapters.crypto.cipher import AesGcmCipher
from sparkle_adapters.crypto.key_file import KeyFile
from sparkle_adapters.mail.memory import Mailbox
from sparkle_adapters.memory.security import MemoryCipher, MemoryKeys
from sparkle_adapters.sql.migrate import on_database
from sparkle_bootstrap import Settings, Sparkle, connect
from sparkle_core.application.accounts import EditProfile, MyProfile, PublicProfile
from sparkle_core.application.rotation import KeysInUse
from sparkle_core.domain.accounts import SYSTEM, Role
from sparkle_core.domain.kernel.errors import CannotOpen, Unavailable
from sparkle_core.domain.kernel.sealed import Purpose
from tests.communities import SQL_STORES, connected, fresh_database
from tests.support.people import Somebody, member

PHONE = "+4930901820"
OTHER = "+12025550143"


@frozen
class Attacked:
    """A community in which Ada and an admin have phone numbers, and the address of its database."""

    sparkle: Sparkle
    url: str
    ada: Somebody
    boss: Somebody
    keys: KeyFile

    def sql(self, statement: str, **values: object) -> list[str]:
        """What a statement answers, run behind the community's back."""

        def run(connection: sa.Connection) -> list[str]:
            found = connection.execute(sa.text(statement), values)
            return [str(row[0]) for row in found] if found.returns_rows else []

        return on_database(self.url, run)

    def phone_of(self, somebody: Somebody) -> str | None:
        return self.sparkle.run(MyProfile(), actor=somebody.actor).phone

    def id_of(self, somebody: Somebody) -> str:
        """Their id as the database writes it."""
        return str(somebody.id) if self.url.startswith("postgres") else somebody.id.hex


@pytest.fixture(params=SQL_STORES)
def attacked(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Attacked]:
    keys = KeyFile(tmp_path / "keys.json")
    keys.add(Purpose.SECRETS, "k1")
    with (
        fresh_database(request.param) as url,
        connected(url, keys=keys, cipher=AesGcmCipher(partial(keys.now, Purpose.SECRETS)), inline=True) as sparkle,
    ):
        ada, boss = member(sparkle, "ada"), member(sparkle, "boss", Role.ADMIN)
        sparkle.run(EditProfile(phone=PHONE), actor=ada.actor, key="mine")
        sparkle.run(EditProfile(phone=OTHER), actor=boss.actor, key="mine")
        yield Attacked(sparkle, url, ada, boss, keys)


def dumped(attacked: Attacked) -> str:
    """Every value of every row of every table, as text."""

    def read(connection: sa.Connection) -> str:
        tables = sa.inspect(connection).get_table_names()
        quoted = connection.dialect.identifier_preparer.quote
        return "\n".join(
            str(tuple(row)) for t in tables for row in connection.execute(sa.text(f"SELECT * FROM {quoted(t)}")).all()
        )

    return on_database(attacked.url, read)


def test_a_dump_of_the_database_holds_no_phone_number(attacked: Attacked) -> None:
    """Stops a stolen backup from telling numbers: not in the row, nor in receipts, events or the audit."""
    dump = dumped(attacked)
    assert dump.count("'1.k1.") == 2, "the sealed numbers are there"
    assert attacked.ada.email in dump, "what is not encrypted is there"
    for number in (PHONE, OTHER):
        assert number not in dump
        assert number[3:] not in dump


def test_anothers_ciphertext_in_ones_own_row_does_not_open(attacked: Attacked) -> None:
    """Stops whoever can write the database from reading Ada's number as their own."""
    (theirs,) = attacked.sql("SELECT phone FROM profile WHERE id = :id", id=attacked.id_of(attacked.ada))
    attacked.sql("UPDATE profile SET phone = :phone WHERE id = :id", phone=theirs, id=attacked.id_of(attacked.boss))
    with pytest.raises(CannotOpen) as refused:
        attacked.phone_of(attacked.boss)
    assert (refused.value.row, refused.value.reason) == (attacked.boss.id, "altered")
    assert attacked.phone_of(attacked.ada) == PHONE


def test_people_whose_rows_were_exchanged_see_each_others_number_no_more(attacked: Attacked) -> None:
    """Stops swapping two people's secrets."""
    ada, boss = (attacked.id_of(p) for p in (attacked.ada, attacked.boss))
    first, second = (attacked.sql("SELECT phone FROM profile WHERE id = :id", id=id)[0] for id in (ada, boss))
    for id, phone in ((ada, second), (boss, first)):
        attacked.sql("UPDATE profile SET phone = :phone WHERE id = :id", phone=phone, id=id)
    for person in (attacked.ada, attacked.boss):
        with pytest.raises(CannotOpen):
            attacked.phone_of(person)


@pytest.mark.parametrize("written", ["+4930901820", "1.k1.AAAA", ""], ids=["plain", "cut", "empty"])
def test_a_number_written_past_the_community_does_not_open(attacked: Attacked, written: str) -> None:
    """Stops planting a number, so that a message meant for Ada goes to somebody else's phone."""
    attacked.sql("UPDATE profile SET phone = :phone WHERE id = :id", phone=written, id=attacked.id_of(attacked.ada))
    with pytest.raises(CannotOpen) as refused:
        attacked.phone_of(attacked.ada)
    assert refused.value.reason == "malformed"


def test_without_the_file_of_keys_secrets_wait_and_all_else_goes_on(
    attacked: Attacked, caplog: pytest.LogCaptureFixture
) -> None:
    """Stops an operator's mistake from being told to people as theirs, and a number from being kept without a key."""
    kept = attacked.keys.path.read_bytes()
    attacked.keys.path.unlink()
    for request in (EditProfile(phone=OTHER), EditProfile(bio="Hi", phone=OTHER)):
        with pytest.raises(Unavailable, match="the file of keys is not available") as refused:
            attacked.sparkle.run(request, actor=attacked.ada.actor)
        assert str(attacked.keys.path) not in str(refused.value)
    with pytest.raises(Unavailable):
        attacked.phone_of(attacked.ada)
    assert str(attacked.keys.path) in caplog.text
    assert attacked.sparkle.run(PublicProfile(username="ada")).bio == ""
    attacked.keys.path.write_bytes(kept)
    assert attacked.phone_of(attacked.ada) == PHONE


@pytest.mark.parametrize("given", ["keys", "cipher"])
def test_keys_and_cipher_of_ones_own_go_together(tmp_path: Path, given: str) -> None:
    """Stops a community that seals with one ring from counting and retiring the keys of another."""
    keys = MemoryKeys(bytes(32))
    own: dict[str, Any] = {"keys": keys, "cipher": MemoryCipher(keys)}
    url, production = f"sqlite:///{tmp_path}/own.db", Settings(environment="production", key=bytes(32))
    with pytest.raises(TypeError, match="go together"):
        connect(url, settings=production, **{given: own[given]})
    with connect(url, settings=production, mailer=Mailbox(), **own) as sparkle:
        assert sparkle.run(KeysInUse(), actor=SYSTEM) == ()


def test_a_number_that_does_not_open_can_be_given_anew(attacked: Attacked) -> None:
    attacked.sql("UPDATE profile SET phone = 'x' WHERE id = :id", id=attacked.id_of(attacked.ada))
    attacked.sparkle.run(EditProfile(phone=OTHER), actor=attacked.ada.actor)
    assert attacked.phone_of(attacked.ada) == OTHER

"""Small files of MaxMind's format, written anew for each test that asks."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmdb_writer import MMDBWriter
from netaddr import IPSet


def write_mmdb(file: Path, kind: str, networks: Mapping[str, Mapping[str, Any]], *, ip_version: int = 6) -> Path:
    """A file that says of each network what is given; narrower ones go before wider ones."""
    writer = MMDBWriter(ip_version, kind, languages=["en"], ipv4_compatible=ip_version == 6)
    for cidr in sorted(networks, key=lambda each: int(each.rpartition("/")[2]) + 96 * (":" not in each)):
        writer.insert_network(IPSet([cidr]), dict(networks[cidr]))
    writer.to_db_file(str(file))
    return file

"""What is known of whoever signs in: the program, the place, the network. None of it decides who may."""

from typing import Protocol

from sparkle_core.domain.accounts.networks import Location, NetworkKind
from sparkle_core.domain.accounts.programs import Program


class UserAgents(Protocol):
    """What programs say they are. Never fails, and never asks the network."""

    def program(self, user_agent: str) -> Program:
        """What a `User-Agent` header says: browsers (`Chrome`, also on a phone) and systems (`iOS`) by common names."""
        ...


class GeoLocator(Protocol):
    """Where addresses are. Never asks the network."""

    def locate(self, address: str) -> Location | None:
        """About where an address is; None for what is no address, is local, or is not known."""
        ...


class IpIntelligence(Protocol):
    """What networks addresses are in. Never asks the network."""

    def kind_of(self, address: str) -> NetworkKind:
        """Of ranges within one another the narrowest counts; local addresses are LOCAL whatever a list says of them."""
        ...

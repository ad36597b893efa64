"""What is known of programs, places and networks: from the files that a deployment names."""

from typing import Any

from sparkle_adapters.networks.maxmind import KnownNetworks, MaxMindLocator
from sparkle_adapters.networks.ranges import ranges_in
from sparkle_adapters.text.user_agents import UaParser
from sparkle_bootstrap.settings import Settings
from sparkle_core.ports.watching import GeoLocator, IpIntelligence, UserAgents


def watching(settings: Settings) -> dict[Any, Any]:
    """The ports, by what is set. Raises `Invalid` naming a file that is not there or not what it should be."""
    return {UserAgents: UaParser(), GeoLocator: locator(settings), IpIntelligence: intelligence(settings)}


def locator(settings: Settings) -> GeoLocator:
    """What knows places: none without a file. Raises `Invalid`."""
    return MaxMindLocator(settings.locations)


def intelligence(settings: Settings) -> IpIntelligence:
    """What knows networks: local ones alone without a file. Raises `Invalid`."""
    listed = None if settings.networks is None else ranges_in(settings.networks)
    return KnownNetworks(listed, settings.anonymisers)

"""The rules of a creator community, as a library. Start at `sparkle_bootstrap.in_memory`."""

__version__ = "0.1.0"

"""The composition root: the one place that names concrete adapters."""

from sparkle_bootstrap.making import connect, in_memory
from sparkle_bootstrap.settings import Settings
from sparkle_bootstrap.sparkle import Sparkle

__all__ = ["Settings", "Sparkle", "connect", "in_memory"]

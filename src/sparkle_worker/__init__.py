"""The worker: acts on events, for as long as it runs."""

from sparkle_worker.work import work_forever, working

__all__ = ["work_forever", "working"]

"""What ports promise, as suites for pytest: derive from one, and your adapter is held to it.

    class TestMyStore(StoreContract):
        def make(self):
            return MyStore(DECLARED)

They run without anything of this repository but the package. `DECLARED` are the shapes that the
suites of stores keep. Where making a store needs fixtures, say a fixture `stage` instead of `make`:

    @pytest.fixture
    def stage(self, tmp_path):
        with staged(lambda: MyStore(tmp_path)) as stage:
            yield stage
"""

from pkgutil import iter_modules

import pytest

for _module in iter_modules(__path__):  # what they assert is told in full only if they are registered before
    pytest.register_assert_rewrite(f"{__name__}.{_module.name}")

from sparkle_core.testing.contracts.breached_passwords import BreachedPasswordsContract  # noqa: E402
from sparkle_core.testing.contracts.cache import CacheContract  # noqa: E402
from sparkle_core.testing.contracts.cipher import CipherContract  # noqa: E402
from sparkle_core.testing.contracts.codec import CodecContract  # noqa: E402
from sparkle_core.testing.contracts.email_addresses import EmailAddressesContract  # noqa: E402
from sparkle_core.testing.contracts.html_sanitizer import HtmlSanitizerContract  # noqa: E402
from sparkle_core.testing.contracts.identities import IdentityProvidersContract  # noqa: E402
from sparkle_core.testing.contracts.keyed_hash import KeyedHashContract  # noqa: E402
from sparkle_core.testing.contracts.keys import KeyRingsContract, KeyUsageContract  # noqa: E402
from sparkle_core.testing.contracts.leaderboards import LeaderboardsContract  # noqa: E402
from sparkle_core.testing.contracts.ledger import BooksContract  # noqa: E402
from sparkle_core.testing.contracts.ledger_holds import HoldsContract  # noqa: E402
from sparkle_core.testing.contracts.ledger_hot import HotAccountsContract  # noqa: E402
from sparkle_core.testing.contracts.ledger_in_parallel import ParallelLedgerContract  # noqa: E402
from sparkle_core.testing.contracts.ledger_sealed import SealedContract  # noqa: E402
from sparkle_core.testing.contracts.mailer import MailerContract, Post  # noqa: E402
from sparkle_core.testing.contracts.one_time import OneTimePasswordsContract  # noqa: E402
from sparkle_core.testing.contracts.passkeys import PasskeysContract  # noqa: E402
from sparkle_core.testing.contracts.password_hasher import PasswordHasherContract  # noqa: E402
from sparkle_core.testing.contracts.patterns import PatternsContract  # noqa: E402
from sparkle_core.testing.contracts.people_reader import PeopleReaderContract  # noqa: E402
from sparkle_core.testing.contracts.post_reader import PostReaderContract  # noqa: E402
from sparkle_core.testing.contracts.qr_codes import QrCodesContract  # noqa: E402
from sparkle_core.testing.contracts.rate_limiter import RateLimiterContract  # noqa: E402
from sparkle_core.testing.contracts.shapes import DECLARED  # noqa: E402
from sparkle_core.testing.contracts.staging import Runs, Stage, running, staged  # noqa: E402
from sparkle_core.testing.contracts.store_in_parallel import ParallelStoreContract  # noqa: E402
from sparkle_core.testing.contracts.store_queries import QueriesContract  # noqa: E402
from sparkle_core.testing.contracts.store_rows import RowsContract  # noqa: E402
from sparkle_core.testing.contracts.store_transactions import TransactionsContract  # noqa: E402
from sparkle_core.testing.contracts.watching import (  # noqa: E402
    GeoLocatorContract,
    IpIntelligenceContract,
    UserAgentsContract,
)
from sparkle_core.testing.contracts.world import WorldContract  # noqa: E402


class StoreContract(RowsContract, TransactionsContract, QueriesContract, ParallelStoreContract):
    """Everything that the port `Store` promises, and its `Records`."""


class LedgerContract(BooksContract, HoldsContract, HotAccountsContract, SealedContract, ParallelLedgerContract):
    """Everything that the port `Ledger` promises."""


__all__ = [
    "DECLARED",
    "BreachedPasswordsContract",
    "CacheContract",
    "CipherContract",
    "CodecContract",
    "EmailAddressesContract",
    "GeoLocatorContract",
    "HtmlSanitizerContract",
    "IdentityProvidersContract",
    "IpIntelligenceContract",
    "KeyRingsContract",
    "KeyUsageContract",
    "KeyedHashContract",
    "LeaderboardsContract",
    "LedgerContract",
    "MailerContract",
    "OneTimePasswordsContract",
    "PasskeysContract",
    "PasswordHasherContract",
    "PatternsContract",
    "PeopleReaderContract",
    "Post",
    "PostReaderContract",
    "QrCodesContract",
    "RateLimiterContract",
    "Runs",
    "Stage",
    "StoreContract",
    "UserAgentsContract",
    "WorldContract",
    "running",
    "staged",
]

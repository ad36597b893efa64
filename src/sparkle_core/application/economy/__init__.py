"""What can be asked of the economy."""

from sparkle_core.application.economy import ledger, tips, wallets
from sparkle_core.application.economy.ledger import ProveLedger, ReverseTransfer
from sparkle_core.application.economy.receipts import TransferReceipt
from sparkle_core.application.economy.tips import SendTip
from sparkle_core.application.economy.wallets import (
    Balance,
    BalanceOf,
    FreezeWallet,
    Statement,
    StatementLine,
    UnfreezeWallet,
)
from sparkle_core.application.kernel.commands import UseCase
from sparkle_core.domain.kernel.actors import Permission

USE_CASES = (
    UseCase(SendTip, tips.send_tip, Permission.SEND_POINTS, batched=tips.needs_of_tip),
    UseCase(BalanceOf, wallets.balance_of, Permission.READ_OWN),
    UseCase(Statement, wallets.statement, Permission.READ_OWN),
    UseCase(ReverseTransfer, ledger.reverse_transfer, Permission.REVERSE_TRANSFERS),
    UseCase(FreezeWallet, wallets.freeze_wallet, Permission.FREEZE_WALLETS),
    UseCase(UnfreezeWallet, wallets.unfreeze_wallet, Permission.FREEZE_WALLETS),
    UseCase(ProveLedger, ledger.prove_ledger, Permission.REVERSE_TRANSFERS),
)

__all__ = [
    "USE_CASES",
    "Balance",
    "BalanceOf",
    "FreezeWallet",
    "ProveLedger",
    "ReverseTransfer",
    "SendTip",
    "Statement",
    "StatementLine",
    "TransferReceipt",
    "UnfreezeWallet",
]

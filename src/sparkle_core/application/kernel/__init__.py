"""Commands, the dispatcher, receipts, the outbox and its relay."""

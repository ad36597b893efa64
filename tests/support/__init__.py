"""Shared by tests: people in any role, servers, strategies."""

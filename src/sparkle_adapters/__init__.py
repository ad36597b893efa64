"""Adapters: what the ports need, provided by memory, SQL and libraries. Each replaceable."""

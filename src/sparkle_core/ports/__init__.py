"""What the core needs of the world, as Protocols. Each has an in-memory adapter and a contract suite."""

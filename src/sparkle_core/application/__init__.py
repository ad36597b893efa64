"""The use cases: what happens in which order. The rules themselves are in the domain."""

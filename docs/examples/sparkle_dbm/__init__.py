"""A store in files of the standard library's `dbm`, as docs/write-an-adapter.md builds it."""

"""The command line: a table of commands, each a thin function. Documented in docs/cli.md."""

"""One module a revision, in the order in which they name one another."""

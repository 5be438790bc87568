"""The demo: the whole way from an empty machine to an answer, and back, on a local AWS of its own."""

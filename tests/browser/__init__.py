"""The local AWS against a real browser: `make test-browser`."""

"""The document says what the table says."""

from tests.sdk.differences import DOCUMENT, document


def test_the_document_is_made_of_the_table():
    assert DOCUMENT.read_text("utf-8") == document(), "write it anew: .venv/bin/python -m tests.sdk.differences"

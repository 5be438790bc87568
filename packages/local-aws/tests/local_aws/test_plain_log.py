"""The server's log, which `--verbose` writes to the terminal, steers none."""

from __future__ import annotations

import logging
from types import SimpleNamespace

from local_aws.process.server_log import log_to_file


def test_what_a_client_sends_is_shown_in_the_log(tmp_path, capsys, monkeypatch):
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    settings = SimpleNamespace(log=tmp_path / "log", verbose=True)
    log_to_file(settings)
    try:
        raise ValueError("b\x1b]0;title\x07")
    except ValueError:
        logging.getLogger("local_aws").exception("no job %s", "a\x1b[2J\u202e\x9b\r")
    for handler in root.handlers:
        handler.close()
    for output in (settings.log.read_text("utf-8"), capsys.readouterr().err):
        assert "no job a\\x1b[2J\\u202e\\x9b\\r\nTraceback" in output
        assert "ValueError: b\\x1b]0;title\\x07\n" in output

"""The server's log, which `--verbose` writes to the terminal, steers none."""

from __future__ import annotations

import logging
from types import SimpleNamespace

from local_aws.process import server_log
from local_aws.process.server_log import LogFile, log_to_file


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


def test_a_long_log_keeps_its_newest_lines_and_one_earlier_part(tmp_path, monkeypatch):
    monkeypatch.setattr(server_log, "MOST_BYTES", 1000)
    log = LogFile(tmp_path / "local-aws.log")
    for number in range(100):
        log.emit(logging.makeLogRecord({"msg": f"{number:090}"}))
    log.close()
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["local-aws.log", "local-aws.log.1"]
    assert all(file.stat().st_size <= 1000 and file.stat().st_mode & 0o777 == 0o600 for file in files)
    assert files[0].read_text().endswith("99\n")

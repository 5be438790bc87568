"""A release renames *Unreleased* in the changelog, and is a commit with a tag."""

from __future__ import annotations

from pathlib import Path

import pytest

from launchpad.messages.errors import LaunchpadError
from tests.projects.programs import GIT, git
from tools.release import release

CHANGELOG = "# Changelog\n\n## Unreleased\n\n### Added\n- One thing.\n\n## 0.1.0 (2026-01-01)\n\n- The first.\n"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in GIT.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "0.1.0"\n')
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "begin")
    return tmp_path


def test_a_release_is_a_commit_with_a_tag(repository):
    assert release("0.2.0", repository) == "v0.2.0 is tagged; publish it: git push --atomic origin HEAD v0.2.0"
    assert git(repository, "describe", "--tags") == "v0.2.0"
    assert git(repository, "status", "--porcelain") == ""
    assert 'version = "0.2.0"' in (repository / "pyproject.toml").read_text()
    before, after = (repository / "CHANGELOG.md").read_text().split("\n## 0.2.0 (")
    assert before == "# Changelog\n\n## Unreleased\n"
    assert after.endswith(")\n\n### Added\n- One thing.\n\n## 0.1.0 (2026-01-01)\n\n- The first.\n")


@pytest.mark.parametrize(
    ("version", "complaint"),
    [("", "is no version"), ("v0.2.0", "is no version"), ("0.0.9", "0.0.9 isn't newer than 0.1.0")],
)
def test_a_wrong_version_is_refused(repository, version, complaint):
    with pytest.raises(LaunchpadError, match=complaint):
        release(version, repository)


def test_nothing_unreleased_or_uncommitted_is_released(repository):
    (repository / "new").touch()
    with pytest.raises(LaunchpadError, match="commit or remove first: new"):
        release("0.2.0", repository)
    (repository / "new").unlink()
    release("0.2.0", repository)
    with pytest.raises(LaunchpadError, match="has no entries, so there is nothing to release"):
        release("0.3.0", repository)
    with pytest.raises(LaunchpadError, match=r"0\.2\.0 isn't newer than 0\.2\.0"):
        release("0.2.0", repository)

"""Every mistake in the `studio` section of a config is reported with its file, its line, its key and a remedy."""

from __future__ import annotations

import re

import pytest

from launchpad.messages.errors import InvalidFileError
from launchpad.settings import load_environment


@pytest.mark.parametrize(
    ("studio", "complaint"),
    [
        ("  idle_minutes: 60", r"dev.yaml:3: studio.users: this key is required"),
        ("  users: []", r"dev.yaml:4: studio.users: .*at least 1"),
        ("  users: [Ada L]", r"dev.yaml:4: studio.users.0: use up to 63 letters, digits, inner hyphens, not 'Ada L'"),
        ("  users: [ada, ada]", r"dev.yaml:4: studio.users: ada is listed twice"),
        ("  users: [ada]\n  idle_minutes: 59", r"dev.yaml:5: studio.idle_minutes: .*greater than or equal to 60"),
        ("  users: [ada]\n  idle_minutes: 525601", r"dev.yaml:5: studio.idle_minutes: .*less than or equal to 525600"),
        ("  users: [ada]\n  volume_gb: 4", r"dev.yaml:5: studio.volume_gb: .*greater than or equal to 5, not 4"),
        ("  users: [ada]\n  volumes: 4", r"dev.yaml:5: studio.volumes: unknown key"),
    ],
)
def test_a_mistake_is_reported_with_file_line_key_and_remedy(tmp_path, studio, complaint):
    (tmp_path / "dev.yaml").write_text(f"name: dev\nregion: eu-west-1\nstudio:\n{studio}\n")
    with pytest.raises(InvalidFileError) as error:
        load_environment("dev", tmp_path)
    assert re.search(complaint, str(error.value)), str(error.value)

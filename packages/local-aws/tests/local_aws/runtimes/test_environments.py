"""Environments are built once, whole or not at all, and stay as they were built."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from local_aws.runtimes.environments import Environments
from local_aws.runtimes.images import IMAGES, Image
from local_aws.runtimes.scratch import Scratch
from tests.local_aws.runtimes.conftest import PACKAGE, UV
from tests.local_aws.runtimes.containers import Containers, wait_until

LOCK = (IMAGES / "scikit-learn/requirements.txt").read_text()


def locked(*packages: str) -> str:
    """Cut packages out of the real lock file."""
    return "".join(re.findall(rf"^(?:{'|'.join(packages)})==.*\n(?:    --hash.*\n)+", LOCK, re.MULTILINE))


def image(folder: Path, *packages: str) -> Image:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "requirements.txt").write_text(locked(*packages))
    return Image(
        name="small", folder=folder, kind="framework", title="small", repositories=(), tags=(), handler="Handler"
    )


@pytest.fixture
def environments(tmp_path: Path) -> Environments:
    return Environments(tmp_path / "cache", uv=UV)


def run(environment: Path, code: str) -> str:
    command = [environment / "bin/python", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_an_environment_holds_the_locked_packages_and_is_built_once(environments: Environments, tmp_path: Path) -> None:
    log: list[str] = []
    environment = environments.ensure(image(tmp_path / "small", "six"), log.append)
    assert run(environment, "import six; print(six.__name__)") == "six"
    assert any("Installed 1 package" in line for line in log)
    log.clear()
    assert environments.ensure(image(tmp_path / "small", "six"), log.append) == environment
    assert log == []


def test_other_requirements_make_another_environment(environments: Environments, tmp_path: Path) -> None:
    assert environments.path(image(tmp_path / "a", "six")) != environments.path(image(tmp_path / "b", "joblib"))


def test_a_comment_in_the_requirements_makes_no_other_environment(environments: Environments, tmp_path: Path) -> None:
    small = image(tmp_path / "small", "six")
    path = environments.path(small)
    small.requirements.write_text("# renewed\n" + small.requirements.read_text())
    assert environments.path(small) == path


def test_two_who_need_it_at_once_build_it_once(environments: Environments, tmp_path: Path) -> None:
    small = image(tmp_path / "small", "six")
    logs: list[list[str]] = [[], []]
    threads = [threading.Thread(target=environments.ensure, args=(small, log.append)) for log in logs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(any("Building" in line for line in log) for log in logs) == [False, True]
    assert run(environments.path(small), "import six; print('six')") == "six"


def test_a_wrong_hash_is_refused_with_uvs_words_and_leaves_nothing(environments: Environments, tmp_path: Path) -> None:
    small = image(tmp_path / "small", "six")
    small.requirements.write_text(re.sub(r"sha256:\w{8}", "sha256:00000000", small.requirements.read_text()))
    with pytest.raises(RuntimeError, match=r"(?i)hash mismatch"):
        environments.ensure(small, [].append)
    assert list((tmp_path / "cache").glob("small*/")) == []


BUILDER = """
import sys
from pathlib import Path
from local_aws.runtimes.environments import Environments
from tests.local_aws.runtimes.test_environments import image
Environments(Path(sys.argv[1]), uv=Path(sys.argv[2])).ensure(image(Path(sys.argv[3]), "six", "numpy", "scipy"), print)
"""


def test_a_build_that_was_killed_half_way_is_done_again(environments: Environments, tmp_path: Path) -> None:
    cache, folder = tmp_path / "cache", tmp_path / "small"
    builder = subprocess.Popen([sys.executable, "-c", BUILDER, cache, UV, folder], cwd=PACKAGE)
    wait_until(lambda: any(cache.glob("*.partial/lib")), "the build began")
    builder.kill()
    builder.wait()
    small = image(folder, "six", "numpy", "scipy")
    assert not environments.path(small).exists()
    environment = environments.ensure(small, [].append)
    assert run(environment, "import numpy, scipy, six; print('whole')") == "whole"
    assert list(cache.glob("*.partial")) == []


def test_a_machine_without_a_compiler_gets_the_training_toolkit(
    environments: Environments, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", "/nonexistent/cc")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    log: list[str] = []
    environment = environments.ensure(image(tmp_path / "small", "sagemaker-training"), log.append)
    assert any("No C compiler" in line for line in log)
    assert run(environment, "import gethostname; print(gethostname.__file__)").endswith("gethostname.py")


def test_a_job_may_change_its_environment_and_the_next_does_not_see_it(containers_of_each_level: Containers) -> None:
    changing = containers_of_each_level.train("""
        import shutil, six
        from pathlib import Path
        for folder in [*Path(six.__file__).parent.glob("six*"), *Path(six.__file__).parent.glob("joblib")]:
            shutil.rmtree(folder) if folder.is_dir() else folder.unlink()
        Path(six.__file__).write_text("changed = True")
        print("changed")
    """)
    changing.wait()
    assert changing.printed("changed")
    following = containers_of_each_level.train("import joblib, six; print('intact', not hasattr(six, 'changed'))")
    assert following.wait() == 0, following.output
    assert following.printed("intact True")


def test_a_programs_folder_is_gone_when_it_has_ended(process_containers: Containers) -> None:
    job = process_containers.train("import os; print('home=' + os.environ['HOME'])")
    assert job.wait() == 0
    home = Path(next(line for line in job.lines if line.startswith("home=")).removeprefix("home="))
    wait_until(lambda: not home.parent.exists(), "the folder was removed", seconds=10)


def test_only_unused_scratch_folders_are_swept(process_containers: Containers, tmp_path: Path) -> None:
    job = process_containers.train("import os, time; print('home=' + os.environ['HOME']); time.sleep(120)")
    wait_until(lambda: job.printed("home="), "the script started")
    used = Path(next(line for line in job.lines if line.startswith("home=")).removeprefix("home=")).parent
    left_behind = Path(used.parent / f"left-behind-{os.getpid()}")
    left_behind.mkdir()
    for folder in (used, left_behind):
        os.utime(folder, (time.time() - 3600,) * 2)
    Scratch(used.parent)
    assert used.exists()
    assert not left_behind.exists()
    assert job.program.terminate(5) != -signal.SIGKILL


def test_an_image_adds_its_packages_to_those_of_its_base(environments: Environments, tmp_path: Path) -> None:
    base = image(tmp_path / "base", "six")
    extended = replace(image(tmp_path / "extended", "threadpoolctl"), name="extended", base=base)
    environment = environments.ensure(extended, print)
    assert run(environment, "import six, threadpoolctl; print('all')") == "all"
    assert environments.path(extended) != environments.path(replace(extended, base=None))


def test_an_environment_unused_for_a_month_goes_when_another_is_built(tmp_path: Path) -> None:
    folder, month = tmp_path / "cache", 31 * 86_400
    small, other = image(tmp_path / "small", "six"), image(tmp_path / "other", "joblib")
    long_ago, used, older = folder / "gone-1", folder / "used-1", folder / "older-1"
    for environment in (long_ago, used, older):
        environment.mkdir(parents=True)
    held = Environments(folder, uv=UV)
    held._uses.begin(used)
    for environment in (long_ago, used):
        marker = environment.with_name(f"{environment.name}.used")
        marker.touch()
        os.utime(marker, (time.time() - month,) * 2)
    log: list[str] = []
    Environments(folder, uv=UV).ensure(small, log.append)
    assert log[-1] == "Removed, unused for 30 days: gone-1."
    assert not list(folder.glob("gone-1*"))
    assert used.is_dir()
    assert older.is_dir()  # from before there were markers: its month has just begun
    assert (folder / "older-1.used").exists()
    assert held.ensure(other, log.append).is_dir()

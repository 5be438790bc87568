"""Servers share a cache: none trips over another's programs, and no program changes what others run on."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws.runtimes import manifests
from local_aws.runtimes.environments import Environments, run_by_all
from local_aws.runtimes.inside.removal import remove
from local_aws.runtimes.process import ProcessRuntime
from local_aws.runtimes.scratch import Scratch
from local_aws.runtimes.surroundings import Level
from tests.local_aws.runtimes.conftest import CACHE, REPOSITORY, UV
from tests.local_aws.runtimes.containers import Containers, wait_until
from tests.local_aws.runtimes.test_environments import image, run

STARTS = 300
WRITER = """
    import os, sys
    from pathlib import Path
    for name in sys.argv[2].split(":"):
        file = Path(name) / f"changed-{os.getpid()}"
        try:
            file.touch()
            print("changed", name)
            file.unlink()
        except OSError as error:
            print("refused", name, error.strerror)
    for name in ("/opt/ml/model", os.environ["HOME"], os.environ["TMPDIR"], sys.prefix):
        (Path(name) / "own").touch()
    print("wrote its own")
"""
UNDO = """
    import ctypes, os, subprocess, sys
    cache = sys.argv[2]
    for command in (
        f"mount -o remount,bind,rw {cache}; touch {cache}/changed",
        f"umount {cache}; touch {cache}/changed",
        f"mkdir one; mount --bind / one; touch one/{cache}/changed",
        f"mknod disk b 254 0; cat disk",
        f"unshare -Urm sh -c 'mount -o remount,bind,rw {cache}; umount {cache}; touch {cache}/changed'",
        f"unshare -Urm sh -c 'mkdir two; mount --bind / two; touch two/{cache}/changed'",
    ):
        print("undone" if subprocess.run(["sh", "-c", command]).returncode == 0 else "refused", command)
"""


@pytest.fixture(params=[Level.NAMESPACES, Level.OVERLAY], ids=lambda level: level.name.lower())
def protecting(request: pytest.FixtureRequest, tmp_path: Path) -> ProcessRuntime:
    """A runtime whose server keeps its state in the folder ``state``."""
    (tmp_path / "state/s3").mkdir(parents=True)
    if request.param > ProcessRuntime(CACHE, uv=UV).level:
        pytest.skip("this machine has no more to give")
    return ProcessRuntime(CACHE, uv=UV, level=request.param, protected=[tmp_path / "state"])


@contextlib.contextmanager
def others(jobs: Path) -> Iterator[None]:
    """Other servers, whose programs' folders come and go, as old as if they had been left behind."""
    ended = threading.Event()

    def work() -> None:
        while not ended.is_set():
            folder = Path(tempfile.mkdtemp(dir=jobs))
            (folder / "lock").touch()
            (folder / "home").mkdir()
            with contextlib.suppress(FileNotFoundError):  # swept
                os.utime(folder, (0, 0))
            remove(folder)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    yield
    ended.set()
    for thread in threads:
        thread.join()


def test_a_start_survives_the_end_of_others_programs(tmp_path: Path) -> None:
    with others(tmp_path):
        for _ in range(STARTS):
            Scratch(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_servers_that_start_at_once_sweep_the_same_folders(tmp_path: Path) -> None:
    for number in range(200):
        (tmp_path / f"left-{number}/home").mkdir(parents=True)
        os.utime(tmp_path / f"left-{number}", (0, 0))
    code = f"from pathlib import Path; from local_aws.runtimes.scratch import Scratch; Scratch(Path({str(tmp_path)!r}))"
    servers = [subprocess.Popen([sys.executable, "-c", code], cwd=REPOSITORY) for _ in range(3)]
    assert [server.wait() for server in servers] == [0, 0, 0]
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_the_system_among_the_jobs_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".DS_Store").touch()
    os.utime(tmp_path / ".DS_Store", (0, 0))
    Scratch(tmp_path)
    assert (tmp_path / ".DS_Store").exists()


def test_a_cache_that_was_emptied_meanwhile_is_made_again(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path / "jobs")
    (tmp_path / "environment").mkdir()
    (tmp_path / "jobs").rmdir()
    assert scratch.create(tmp_path / "environment", overlay=False).exists()


def test_the_trial_of_lazy_folders_leaves_nothing_behind(tmp_path: Path) -> None:
    runtime = ProcessRuntime(tmp_path, uv=UV)
    if not runtime.reads_lazily:
        pytest.skip("this machine mounts no folders for users")
    wait_until(lambda: list((tmp_path / "jobs").iterdir()) == [], "the trial's folder was removed", seconds=10)


@pytest.mark.parametrize("network", [True, False], ids=["network", "isolated"])
def test_a_job_writes_only_to_its_own_folders(protecting: ProcessRuntime, network: bool, tmp_path: Path) -> None:
    shared = [
        CACHE,
        CACHE / "environments",
        CACHE / "jobs",
        tmp_path / "state/s3",
        REPOSITORY / "packages/local-aws/src/local_aws",
        sys.prefix,
    ]
    with Containers(protecting, tmp_path / "state") as containers:
        job = containers.train(WRITER, {"folders": ":".join(map(str, shared))}, network=network)
        assert job.wait() == 0, job.output
    assert [line for line in job.lines if line.startswith("changed")] == []
    assert len([line for line in job.lines if line.endswith("Read-only file system")]) == len(shared)
    assert job.printed("wrote its own")


def test_processing_and_serving_write_only_to_their_own(isolating: ProcessRuntime, tmp_path: Path) -> None:
    code = f"open({str(CACHE / 'environments/changed')!r}, 'w')"
    with Containers(isolating, tmp_path) as containers:
        job = containers.process("python3", "-c", code, files={})
        served = containers.serve(code)
        assert job.wait() != 0
        wait_until(served.ended, "the model server gave up")
    for container in (job, served):
        assert container.printed("Read-only file system"), container.output


def test_root_in_a_job_can_not_undo_the_protection(isolating: ProcessRuntime, tmp_path: Path) -> None:
    with Containers(isolating, tmp_path) as containers:
        job = containers.train(UNDO, {"cache": str(CACHE)})
        assert job.wait() == 0, job.output
    assert not job.printed("undone"), job.output
    assert len([line for line in job.lines if line.startswith("refused")]) == 6
    assert not (CACHE / "changed").exists()


def test_a_write_into_a_package_stays_with_the_job(protecting: ProcessRuntime, tmp_path: Path) -> None:
    with Containers(protecting, tmp_path) as containers:
        changing = containers.train("import six; open(six.__file__, 'a').write('changed = True')")
        assert changing.wait() == 0, changing.output
        following = containers.train("import six; print('intact', not hasattr(six, 'changed'))")
        assert following.wait() == 0, following.output
    assert following.printed("intact True")


def test_no_file_of_an_environment_is_shared_with_others(tmp_path: Path) -> None:
    environment = Environments(tmp_path / "cache", uv=UV).ensure(image(tmp_path / "small", "six"), [].append)
    assert {path.stat().st_nlink for path in environment.rglob("*") if path.is_file() and not path.is_symlink()} == {1}


def test_what_installs_packages_is_protected_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", "/somewhere/uv")
    assert Path("/somewhere/uv") in run_by_all()


def test_each_job_has_its_own_cache_of_packages(
    both_process_containers: Containers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_CACHE_DIR", "/somewhere/pip")
    job = both_process_containers.train("""
        import os, subprocess
        cache = subprocess.run(["pip", "cache", "dir"], capture_output=True, text=True).stdout
        print("own", cache.startswith(os.environ["HOME"]), cache)
    """)
    assert job.wait() == 0, job.output
    assert job.printed("own True")


@pytest.mark.parametrize("change", ["rewritten", "added", "removed", "list"])
def test_a_changed_environment_is_replaced_where_it_is_checked(change: str, tmp_path: Path) -> None:
    environments, small = Environments(tmp_path / "cache", uv=UV), image(tmp_path / "small", "six")
    environment = environments.ensure(small, [].append)
    module = next(environment.glob("lib/*/site-packages/six.py"))
    status = module.stat()
    if change == "rewritten":  # as carefully as a program can
        module.write_bytes(module.read_bytes().replace(b"Utilities", b"utilities"))
        os.utime(module, ns=(status.st_atime_ns, status.st_mtime_ns))
    elif change == "added":
        module.with_name("sitecustomize.py").write_text("print('changed')")
    elif change == "removed":
        module.unlink()
    else:
        environment.with_name(f"{environment.name}.json").unlink()
    log: list[str] = []
    assert environments.ensure(small, log.append, check=True) == environment
    assert "has been changed" in log[0]
    assert run(environment, "import six; print(six.__doc__[:9])") == "Utilities"
    assert manifests.changes(environment) == []
    log.clear()
    environments.ensure(small, log.append, check=True)
    assert log == []


def test_each_plain_job_checks_what_it_runs_on(plain_containers: Containers, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[Path] = []
    monkeypatch.setattr(manifests, "changes", lambda environment: checked.append(environment) or [])
    assert plain_containers.train("pass").wait() == 0
    assert plain_containers.train("pass").wait() == 0
    assert [environment.parent for environment in checked] == [CACHE / "environments"] * 2

"""Run a workload's programs as its author would: alone, in a virtual environment of its locked requirements.

Each environment is made once by uv and kept in `.local-aws/test-environments/`, named by the requirements' hash.
"""

import base64
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from launchpad.config_files.yaml_source import parse
from local_aws.runtimes import wheels
from tests.workloads.checks import read_check
from tests.workloads.groups import ByWorkload, longest_first
from tests.workloads.journey import Journey
from tests.workloads.local_platform import Platform, deployed_platform
from tests.workloads.page import alone, write

ROOT = Path(__file__).resolve().parents[2]
UV = ROOT / ".tools" / "bin" / "uv"
ENVIRONMENTS = ROOT / ".local-aws" / "test-environments"


def environment_python(requirements: Path) -> Path:
    """Return the Python of the environment that holds exactly what a lock file names; make it the first time."""
    key = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:16]
    folder = ENVIRONMENTS / key
    with alone(ENVIRONMENTS / f"{key}.lock"):
        if not (folder / "complete").exists():
            uv("venv", "--quiet", "--clear", "--python", sys.executable, folder)
            variables = wheels.variables(requirements)
            uv("pip", "sync", "--quiet", "--require-hashes", "--python", folder, requirements, **variables)
            (folder / "complete").touch()
    return folder / "bin" / "python"


def uv(*arguments: object, **variables: str) -> None:
    subprocess.run([UV, *map(str, arguments)], env={**os.environ, **variables}, check=True, timeout=600)


@dataclass(frozen=True)
class Workload:
    """A folder under workloads/, and the programs in it."""

    folder: Path

    @property
    def settings(self) -> dict:
        return parse(self.folder / "workload.yaml").value

    def source(self, part: str) -> Path:
        """Return the entry point of "training" or "serving"."""
        return self.folder / self.settings[part].get("source_dir", "src") / self.settings[part]["entry_point"]

    @property
    def data_script(self) -> Path:
        """Return what writes the data; another workload may hold it."""
        return self.folder / self.settings.get("data_script", "data.py")

    def libraries(self, part: str) -> str:
        """Return the folders of what a script imports besides its own folder, as PYTHONPATH has them."""
        return os.pathsep.join(str((self.folder / name).parent) for name in self.settings[part].get("libraries", ()))

    def lock(self, requirements: str) -> Path:
        """Return a lock file: the workload's, or that of the workload whose scripts it uses."""
        folders = [self.folder, self.data_script.parent]
        if self.settings.get("training", {}).get("entry_point"):
            folders.append(self.source("training").parents[1])
        paths = [folder / requirements for folder in folders]
        return next((path for path in paths if path.is_file()), paths[0])

    def prepare_data(self, output: Path) -> subprocess.CompletedProcess:
        return self.run("data-requirements.txt", self.data_script, "--output", output)

    def train(self, *arguments: object, **variables: str) -> subprocess.CompletedProcess:
        variables = {"PYTHONPATH": self.libraries("training"), **variables}
        return self.run("requirements.txt", self.source("training"), *arguments, **variables)

    def run(self, requirements: str, *arguments: object, **variables: str) -> subprocess.CompletedProcess:
        """Run one of the programs with no variables but those given."""
        command = [environment_python(self.lock(requirements)), *map(str, arguments)]
        return subprocess.run(command, env=clean(variables), capture_output=True, text=True, timeout=300)

    @contextmanager
    def serve(self, model_dir: Path) -> Iterator["Invoke"]:
        """Load the model in the inference toolkit's own handler, in a separate process, and yield a way to ask it."""
        source = self.source("serving")
        command = [environment_python(self.lock("requirements.txt")), Path(__file__).parent / "host.py", model_dir]
        variables = {"PYTHONPATH": str(source.parent), "SAGEMAKER_PROGRAM": source.name}
        with subprocess.Popen(command, env=clean(variables), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            yield lambda body, content_type="text/csv", accept=None: ask(process, body, content_type, accept)
            process.stdin.close()


@dataclass(frozen=True)
class Answer:
    """What a client would see of InvokeEndpoint."""

    status: int
    content_type: str
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def clean(variables: dict[str, str]) -> dict[str, str]:
    """None of our variables reaches a workload's program; it leaves no bytecode next to its source.

    Bytecode is kept all the same: without it PyTorch's import alone takes ten seconds.
    """
    return {"PATH": os.environ["PATH"], "PYTHONPYCACHEPREFIX": str(ENVIRONMENTS / "bytecode"), **variables}


Invoke = Callable[..., Answer]


def ask(process: subprocess.Popen, body: str | bytes, content_type: str, accept: str | None) -> Answer:
    data = body.encode() if isinstance(body, str) else body
    request = {"body": base64.b64encode(data).decode(), "content_type": content_type, "accept": accept}
    process.stdin.write(json.dumps(request).encode() + b"\n")
    process.stdin.flush()
    response = json.loads(process.stdout.readline())
    return Answer(response["status"], response["content_type"], base64.b64decode(response["body"]))


@pytest.fixture(scope="session")
def catalogue() -> dict[str, Workload]:
    return {path.parent.name: Workload(path.parent) for path in sorted(ROOT.glob("workloads/*/workload.yaml"))}


@pytest.fixture(scope="session")
def prepared_data(catalogue, tmp_path_factory) -> Callable[[str], Path]:
    """Return a workload's data, prepared once: a folder with one folder per channel."""
    prepared: dict[str, Path] = {}

    def prepare(name: str) -> Path:
        if name not in prepared:
            folder = tmp_path_factory.mktemp(f"data-{name}")
            result = catalogue[name].prepare_data(folder)
            assert result.returncode == 0, result.stderr
            prepared[name] = folder
        return prepared[name]

    return prepare


@pytest.fixture(scope="session")
def platform(tmp_path_factory) -> Iterator[Platform]:
    """The platform that all tests marked `workloads` share."""
    with deployed_platform(tmp_path_factory.mktemp("platform")) as platform:
        yield platform


@pytest.fixture(scope="session")
def arrive(platform) -> Callable[[str], Journey]:
    """Take a workload from its data to a prediction, once in a session, and return its journey."""
    journeys: dict[str, Journey | BaseException] = {}

    def arrive(name: str) -> Journey:
        if name not in journeys:
            if missing := read_check(ROOT / "workloads" / name).missing:
                pytest.skip(f"this machine has no {', '.join(missing)}")
            journeys[name] = _travel(Journey(platform, name))
        if isinstance(journey := journeys[name], BaseException):
            raise journey
        return journey

    return arrive


def _travel(way: Journey) -> Journey | BaseException:
    try:
        way.travel()
    except (AssertionError, subprocess.TimeoutExpired) as error:
        return error
    finally:
        way.stop_serving()
    write(way.record)
    return way


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let `make test-workloads` share tests out by workload, also those of the other folders that it names."""
    if config.getoption("loadgroup", default=False):
        longest_first(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByWorkload | None:
    """Share tests out by group, with `--dist loadgroup`."""
    return ByWorkload(config, log) if config.getvalue("dist") == "loadgroup" else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give every test that asks for `workload` each folder of workloads/, and for `name` each folder's name."""
    if "workload" in metafunc.fixturenames:
        folders = sorted(path.parent for path in ROOT.glob("workloads/*/workload.yaml"))
        workloads = [Workload(folder) for folder in folders]
        metafunc.parametrize("workload", workloads, ids=lambda workload: workload.folder.name, scope="module")
    if "name" in metafunc.fixturenames:
        names = sorted(path.parent.name for path in ROOT.glob("workloads/*/workload.yaml"))
        metafunc.parametrize("name", names, scope="module")

"""Every folder under `containers/`, on each runtime that this machine has, with every clause that applies to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from launchpad import paths
from launchpad.images.containers import container_names
from local_aws.runtimes.base import Runtime
from local_aws.runtimes.command_lines import check_needs
from local_aws.runtimes.images import find_image, load_images
from tests.containers import docker_images
from tests.containers.case import Case, process_runtime, registry_uri
from tests.containers.clauses import image, processing, serving, training  # noqa: F401 (they register themselves)
from tests.containers.contract import CLAUSES, Contract, load_contract

DRIVERS = ("process", "docker")
"""What needs no image comes first: the images are built meanwhile."""
FACTS = paths.BUILD / "containers.json"
"""What was measured: docs/containers.md has it as a table."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The clauses of one image next to each other, so that they share its model and its server."""
    if "clause_name" not in metafunc.fixturenames:
        return
    values = []
    for driver in DRIVERS:
        for name in container_names():
            clauses = [clause.name for clause in CLAUSES.values() if clause.applies(_contract(name), driver)]
            values += [pytest.param((driver, name), clause, id=f"{driver}-{name}-{clause}") for clause in clauses]
    metafunc.parametrize(("case", "clause_name"), values, indirect=["case"])


def _contract(name: str) -> Contract:
    """An image whose contract can't be read has a test as well, which then says so."""
    try:
        return load_contract(paths.CONTAINERS / name)
    except ValueError:
        return Contract(user={})


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Runtime]:
    """A runtime by its name, made once."""
    runtimes: dict[str, Runtime] = {}

    def make(driver: str) -> Runtime:
        if driver not in runtimes:
            if driver == "process":
                runtimes[driver] = process_runtime(paths.CONTAINERS)
            else:
                from local_aws.runtimes.docker_engine.runtime import DockerRuntime

                runtimes[driver] = DockerRuntime(paths.LOCAL_AWS / "cache")
        return runtimes[driver]

    return make


@pytest.fixture(scope="session", autouse=True)
def builds(request: pytest.FixtureRequest) -> None:
    """The images that the session's tests will ask for are begun at once."""
    docker_images.begin(dict.fromkeys(name for item in request.session.items for name in _images_of(item)))


def _images_of(item: pytest.Item) -> list[str]:
    """What a test is about, if it is about an image in Docker."""
    if item.path.name == "test_broken_images.py":
        return ["sklearn-custom"]
    driver, name = item.callspec.params.get("case", ("", "")) if hasattr(item, "callspec") else ("", "")
    return [name] if driver == "docker" else []


@pytest.fixture(scope="session")
def cases(
    runtime: Callable[[str], Runtime], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str, str], Case]]:
    """One image on one runtime, built and prepared; the one before is ended and written down when another is asked for.

    Not a fixture with a parameter of the session's: pytest would put the tests in another order, clause by
    clause, and each would train and start a server anew.
    """
    current: dict[tuple[str, str], Case] = {}

    def end() -> None:
        for case in current.values():
            case.close()
            _write_down(case)
        current.clear()

    def give(driver: str, name: str) -> Case:
        if (driver, name) not in current:
            end()
            current[driver, name] = _prepared(driver, name, runtime(driver), tmp_path_factory.mktemp(name))
        return current[driver, name]

    yield give
    end()


@pytest.fixture
def case(request: pytest.FixtureRequest, cases: Callable[[str, str], Case]) -> Case:
    """The image and the runtime that the test is about."""
    return cases(*request.param)


def _prepared(driver: str, name: str, runtime: Runtime, folder: Path) -> Case:
    facts: dict[str, object] = {}
    uri = registry_uri(name)
    if driver == "docker":
        built = docker_images.build(name)
        uri = built.uri
        facts |= {"build_seconds": round(built.seconds), "megabytes": round(built.megabytes)}
    else:
        _skip_without_needs(uri)
    runtime.prepare(uri, lambda _: None)
    source = paths.CONTAINERS / name
    return Case(name, driver, uri, load_contract(source), source, runtime, folder, facts)


def _skip_without_needs(uri: str) -> None:
    """An image may need programs of the machine, such as R's; in Docker it is tested anyway."""
    try:
        check_needs(find_image(uri, load_images(paths.CONTAINERS)).image)
    except RuntimeError as error:
        pytest.skip(str(error))


def _write_down(case: Case) -> None:
    """Add what was measured to `FACTS`."""
    FACTS.parent.mkdir(exist_ok=True)
    facts = json.loads(FACTS.read_text()) if FACTS.exists() else {}
    facts.setdefault(case.name, {}).setdefault(case.driver, {}).update(case.facts, user=case.contract.user)
    FACTS.write_text(json.dumps(facts, indent=2, sort_keys=True) + "\n")


@pytest.fixture(scope="session")
def containers_folder() -> Path:
    return paths.CONTAINERS

"""Sandboxed notebook instances for the tests of the lifecycle scripts."""

import pytest

from tests.notebooks.sandbox import Sandbox, privilege


@pytest.fixture(scope="session")
def namespaces():
    if privilege() is None:
        pytest.skip("the lifecycle scripts run in namespaces of their own: that needs root, or sudo with no password")


@pytest.fixture
def make_instance(namespaces, tmp_path):
    """Return what makes a sandboxed instance; all are torn down afterwards."""
    made = []

    def make(**options) -> Sandbox:
        made.append(Sandbox(tmp_path / f"instance-{len(made)}", **options))
        return made[-1]

    yield make
    for instance in made:
        instance.close()


@pytest.fixture
def instance(make_instance):
    return make_instance()

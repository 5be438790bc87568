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
    instances = []

    def make(**options) -> Sandbox:
        instances.append(Sandbox(tmp_path / f"instance-{len(instances)}", **options))
        return instances[-1]

    yield make
    for instance in instances:
        instance.close()


@pytest.fixture
def instance(make_instance):
    return make_instance()

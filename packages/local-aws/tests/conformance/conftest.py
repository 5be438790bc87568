"""The server that the variants are sent to, and the operations that it has."""

import pytest

from tests.conformance.sending import existing
from tests.local_aws.conftest import plain_aws  # noqa: F401 (a fixture)


@pytest.fixture(scope="session")
def existing_operations(plain_aws):  # noqa: F811 (the fixture)
    """Every operation of our services that the server has."""
    return existing(plain_aws)

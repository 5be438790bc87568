"""The server that the variants are sent to."""

from tests.local_aws.conftest import plain_aws  # noqa: F401 (a fixture)

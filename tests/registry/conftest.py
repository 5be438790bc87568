"""The engine and the base image, as the local AWS's own tests of the runtime `docker` have them."""

from __future__ import annotations

from tests.docker_runtime.conftest import base, engine

__all__ = ["base", "engine"]

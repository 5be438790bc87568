"""Prepares the surroundings before any test is collected."""

from __future__ import annotations

from tests.local_aws import surroundings

surroundings.prepare()

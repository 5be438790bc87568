"""What is kept of requests and answers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from launchpad.config_files.yaml_source import Settings


class Capture(Settings):
    """A sample of a real-time endpoint's requests and answers, written to the model bucket (`DataCaptureConfig`)."""

    percent: Annotated[int, Field(ge=1, le=100)] = 20
    """How many requests in a hundred are kept (`InitialSamplingPercentage`)."""

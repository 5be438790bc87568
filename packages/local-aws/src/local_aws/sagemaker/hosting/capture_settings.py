"""An endpoint configuration's DataCaptureConfig: what is captured, of how many requests, and where it goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.api.service import Scope
from local_aws.files.storage import Location

MODES = {"Input": {"INPUT"}, "Output": {"OUTPUT"}, "InputAndOutput": {"INPUT", "OUTPUT"}}
"""AWS's CaptureMode, and the modes of the records that it makes."""


@dataclass(frozen=True, slots=True)
class CaptureSettings:
    """A DataCaptureConfig that is enabled."""

    destination: Location
    kms_key: str | None
    percent: int
    modes: frozenset[str]
    encodings: Mapping[str, str]
    """CSV or JSON, by media type in lower case; the payload of any other is encoded as base64."""


@dataclass(frozen=True, slots=True, eq=False)
class CaptureTarget:
    """One variant of one fleet whose requests are captured."""

    settings: CaptureSettings
    scope: Scope
    endpoint: str
    variant: str
    role: Callable[[], str]
    """The execution role that writes the files: the configuration's, or the model's."""


def is_enabled(config: Mapping[str, Any]) -> bool:
    """Whether an endpoint configuration captures: EnableCapture "defaults to enabled" (API reference)."""
    capture = config.get("DataCaptureConfig")
    return capture is not None and capture.get("EnableCapture", True) is not False


def capture_settings(config: Mapping[str, Any]) -> CaptureSettings | None:
    """The settings of an endpoint configuration; None if it captures nothing."""
    if not is_enabled(config):
        return None
    capture = config["DataCaptureConfig"]
    types = capture.get("CaptureContentTypeHeader", {})
    listed = (("CSV", types.get("CsvContentTypes", ())), ("JSON", types.get("JsonContentTypes", ())))
    return CaptureSettings(
        destination=Location.parse(capture["DestinationS3Uri"]),
        kms_key=capture.get("KmsKeyId"),
        percent=capture["InitialSamplingPercentage"],
        modes=frozenset().union(*(MODES[option["CaptureMode"]] for option in capture["CaptureOptions"])),
        encodings={name.lower(): encoding for encoding, names in listed for name in names},
    )


def summary(config: Mapping[str, Any]) -> dict[str, Any] | None:
    """DescribeEndpoint's DataCaptureConfig. Without a key it has no KmsKeyId, though the API calls that required."""
    if "DataCaptureConfig" not in config:
        return None
    capture = config["DataCaptureConfig"]
    kept = {name: capture[name] for name in ("DestinationS3Uri", "KmsKeyId") if name in capture}
    return {
        "EnableCapture": is_enabled(config),
        "CaptureStatus": "Started" if is_enabled(config) else "Stopped",
        "CurrentSamplingPercentage": capture["InitialSamplingPercentage"],
        **kept,
    }

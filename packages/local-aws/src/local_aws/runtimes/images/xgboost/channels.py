"""The channels of the algorithm, checked as AWS's container checks them, in its words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sagemaker_algorithm_toolkit.exceptions import UserError
from sagemaker_xgboost_container.content_types import FORMATS, LIBSVM

NAMES = ("train", "validation")
CODE = "code"
DEFAULT = "text/libsvm"
FILE, PIPE = "File", "Pipe"


def check_channels(channels: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The configuration of each channel with its content type. Raises `UserError` for one that is not supported."""
    if "train" not in channels:
        raise UserError("Missing required channel: train")
    checked = {}
    for name, channel in channels.items():
        if name not in (*NAMES, CODE):
            raise UserError(f"Extraneous channel found: {name}")
        checked[name] = {**channel, "ContentType": channel.get("ContentType") or DEFAULT}
        if not _is_supported(name, checked[name]):
            raise UserError(f"Channel configuration for '{name}' channel is not supported: {checked[name]}")
    return checked


def _is_supported(name: str, channel: Mapping[str, Any]) -> bool:
    kind, mode = FORMATS.get(channel["ContentType"]), channel.get("TrainingInputMode")
    if name == CODE:
        return channel["ContentType"] == "text/python" and mode == FILE
    return kind is not None and (mode != PIPE or kind != LIBSVM)

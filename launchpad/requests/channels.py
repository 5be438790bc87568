"""Inputs: `InputDataConfig` of training, and their locations in S3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchpad.requests.context import Environment, Request, Run

CODE_CHANNEL = "code"
"""The channel that brings the scripts to a container without network."""
MODEL_CHANNEL = "model"
"""The channel that brings the earlier model to incremental training."""
MODEL_CONTENT_TYPE = "application/x-sagemaker-model"


def input_data(section: Mapping[str, Any], environment: Environment, run: Run) -> list[Request]:
    """The workload's channels by name, then the platform's: the scripts, and an earlier model."""
    channels = [_channel(name, channel, environment) for name, channel in sorted(section["channels"].items())]
    if section["entry_point"] is not None and section["network_isolation"] and run.source_uri:
        channels.append(_s3_channel(CODE_CHANNEL, run.source_uri))
    if run.model_uri:
        channels.append({**_s3_channel(MODEL_CHANNEL, run.model_uri), "ContentType": MODEL_CONTENT_TYPE})
    return channels


def location(source: Mapping[str, Any], environment: Environment) -> str:
    """The S3 URI of a `prefix` in the data bucket, or the `uri` itself.

    The slash at a prefix's end keeps `a/train` from also matching `a/train-old`.
    """
    return source["uri"] or f"s3://{environment.data_bucket}/{source['prefix']}/"


def _channel(name: str, channel: Mapping[str, Any], environment: Environment) -> Request:
    request = _s3_channel(name, location(channel, environment))
    request["InputMode"] = channel["mode"]
    source = request["DataSource"]["S3DataSource"]
    if channel["sharded"]:
        source["S3DataDistributionType"] = "ShardedByS3Key"
    if channel["attributes"]:
        source |= {
            "S3DataType": "AugmentedManifestFile",
            "S3Uri": source["S3Uri"].rstrip("/"),
            "AttributeNames": channel["attributes"],
        }
    if channel["instance_groups"]:
        source["InstanceGroupNames"] = channel["instance_groups"]
    return request | _optional_members(channel)


def _optional_members(channel: Mapping[str, Any]) -> Request:
    members = {
        "ContentType": channel["content_type"],
        "CompressionType": channel["compression"],
        "RecordWrapperType": channel["record_wrapper"],
        "ShuffleConfig": None if channel["shuffle_seed"] is None else {"Seed": channel["shuffle_seed"]},
    }
    return {key: value for key, value in members.items() if value is not None}


def _s3_channel(name: str, uri: str) -> Request:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "InputMode": "File", "DataSource": {"S3DataSource": source}}

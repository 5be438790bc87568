"""Spark steps: on an EMR cluster, or on EMR Serverless."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.functions import invoke
from launchpad.platform_client.platform import Platform
from launchpad.platform_client.work.spark_steps import job_run

ENDED = {"COMPLETED": True, "SUCCESS": True, "FAILED": False, "CANCELLED": False, "INTERRUPTED": False}
"""Whether each final state means success."""


def launch(connection: Connection, platform: Platform, event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Have the launch function submit the step; return where to find it.

    Raises:
        LaunchpadError: the function refused.
    """
    return invoke(connection, platform.launch_function, event)


def follow(connection: Connection, where: Mapping[str, Any], show: Callable[[str], object]) -> Mapping[str, Any]:
    """Pass each state of the step to `show` until it has ended; return the description of the step or job run.

    Raises:
        LaunchpadError: it failed or was cancelled; carries EMR's reason.
    """
    last = ""
    while True:
        state, reason, description = _state(connection, where)
        if state != last:
            show(state)
            last = state
        if state in ENDED:
            if not ENDED[state]:
                outcome = "has failed" if state == "FAILED" else f"was {state.lower()}"
                raise LaunchpadError(f"the Spark step {outcome}: {reason or 'EMR gives no reason'}")
            return description
        time.sleep(connection.poll_seconds)


def _state(connection: Connection, where: Mapping[str, Any]) -> tuple[str, str, Mapping[str, Any]]:
    if "step_id" in where:
        request = {"ClusterId": where["cluster_id"], "StepId": where["step_id"]}
        step = connection.client("emr").describe_step(**request)["Step"]
        details = step["Status"].get("FailureDetails", {})
        return step["Status"]["State"], details.get("Message") or details.get("Reason") or "", step
    request = {"applicationId": where["application_id"], "jobRunId": where["job_run_id"]}
    run = job_run(connection, request)
    return run["state"], run.get("stateDetails", ""), run

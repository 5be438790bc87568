"""One cluster: from STARTING to WAITING and TERMINATED, in separate threads."""

from __future__ import annotations

import json
import logging
import threading
import time
from typing import Any

from local_aws.api.service import Scope
from local_aws.context import Context
from local_aws.emr.errors import new_id
from local_aws.emr.step import Step
from local_aws.emr.step_queue import StepQueue
from local_aws.emr.vpc import ClusterNetwork, nodes_network
from local_aws.files.reasons import INTERRUPTED

log = logging.getLogger("local_aws.emr")

TRANSITION_SECONDS = 0.1
"""How long each transitional state lasts; minutes on AWS."""
ENDED = ("TERMINATED", "TERMINATED_WITH_ERRORS")
ENDING = ("TERMINATING", *ENDED)
SHOWN = (
    *("Name", "LogUri", "LogEncryptionKmsKeyId", "ReleaseLabel", "Applications", "ServiceRole", "Configurations"),
    *("SecurityConfiguration", "AutoScalingRole", "ScaleDownBehavior", "CustomAmiId", "KerberosAttributes"),
    *("EbsRootVolumeSize", "EbsRootVolumeIops", "EbsRootVolumeThroughput", "OSReleaseLabel", "MonitoringConfiguration"),
)
PLACED = (
    *("Ec2KeyName", "Ec2SubnetId", "EmrManagedMasterSecurityGroup", "EmrManagedSlaveSecurityGroup"),
    *("ServiceAccessSecurityGroup", "AdditionalMasterSecurityGroups", "AdditionalSlaveSecurityGroups"),
)


class Cluster:
    """One cluster. `details` is DescribeCluster's response."""

    def __init__(self, context: Context, scope: Scope, request: dict[str, Any]) -> None:
        instances = request["Instances"]
        self.id = new_id("j")
        self.arn = scope.arn("elasticmapreduce", f"cluster/{self.id}")
        self.groups = [_group(config) for config in _configs(instances)]
        self.bootstrap_actions = request.get("BootstrapActions", [])
        self.scaling_policy: dict[str, Any] | None = request.get("ManagedScalingPolicy")
        self.idle_policy: dict[str, Any] | None = request.get("AutoTerminationPolicy")
        self._network = ClusterNetwork(context, scope, self.id)
        self._context, self._scope, self._request = context, scope, request
        self._lock = threading.RLock()
        self._idle_since: float | None = None
        self.nodes_role: str | None = None
        """The ARN of the role in its instance profile, once the cluster has started."""
        self.vpc = nodes_network(instances)
        self.details = self._described(request, instances)
        self.queue = StepQueue(self)

    def saved(self) -> dict[str, Any]:
        """The cluster as plain values."""
        own = ("id", "arn", "groups", "bootstrap_actions", "scaling_policy", "idle_policy", "nodes_role", "details")
        values = {name: getattr(self, name) for name in own}
        steps = [step.details for step in self.queue.steps]
        return {**values, "request": self._request, "interfaces": self._network.interfaces, "steps": steps}

    @classmethod
    def restored(cls, context: Context, scope: Scope, saved: dict[str, Any]) -> Cluster:
        """A cluster of the last run: one that was ready waits again, any other that had not ended has ended now.

        Its running steps have failed; its pending ones go on.
        """
        cluster = cls(context, scope, saved["request"])
        for name, value in saved.items():
            if name not in ("request", "interfaces", "steps"):
                setattr(cluster, name, value)
        cluster._network = ClusterNetwork(context, scope, cluster.id, saved["interfaces"])
        cluster.queue.steps = [Step.restored(context, scope, cluster, details) for details in saved["steps"]]
        if cluster.state in ("RUNNING", "WAITING"):
            cluster.queue.open()
        elif cluster.state not in ENDED:
            state = "TERMINATED" if cluster.state == "TERMINATING" else "TERMINATED_WITH_ERRORS"
            threading.Thread(target=cluster._end, args=(state, "INTERNAL_ERROR", INTERRUPTED), daemon=True).start()
        return cluster

    @property
    def state(self) -> str:
        """STARTING, BOOTSTRAPPING, RUNNING, WAITING, TERMINATING, TERMINATED or TERMINATED_WITH_ERRORS."""
        return str(self.details["Status"]["State"])

    def start(self) -> None:
        """Start the cluster; returns at once."""
        threading.Thread(target=self._start, name=f"cluster {self.id}", daemon=True).start()

    def terminate(
        self, code: str = "USER_REQUEST", message: str = "Terminated by user request", *, failed: bool = False
    ) -> None:
        """End the cluster and cancel its steps; returns at once."""
        with self._lock:
            if self.state in ENDING:
                return
            self._enter("TERMINATING", code, message)
        self.queue.close()
        state = "TERMINATED_WITH_ERRORS" if failed else "TERMINATED"
        threading.Thread(target=self._end, args=(state, code, message), daemon=True).start()

    def busy(self) -> None:
        """Enter RUNNING, because steps run."""
        self._idle_since = None
        if self.state != "RUNNING":
            self._enter("RUNNING", "", "Running step")

    def idle(self) -> None:
        """Wait for more steps, or end, because no step is left."""
        if self.details["AutoTerminate"]:
            self.terminate("ALL_STEPS_COMPLETED", "Steps completed")
        elif self.state != "WAITING":
            self._enter("WAITING", "", "Cluster ready to run steps.")
            self.watch_idleness()

    def tell(self, kind: str, state: str, detail: dict[str, Any]) -> None:
        """Put a status change on EventBridge's default bus."""
        own = {"severity": "ERROR" if "FAILED" in state or "ERRORS" in state else "INFO", "clusterId": self.id}
        content = {**own, "state": state, **detail}
        entry = {"Source": "aws.emr", "DetailType": kind, "Detail": json.dumps(content), "Resources": []}
        self._context.emulator.put_event(self._scope, entry)

    def watch_idleness(self) -> None:
        """End a waiting cluster once its policy's idle time has passed without a step."""
        if self.state == "WAITING" and self.idle_policy:
            self._idle_since = self._idle_since or time.monotonic()
            clock = self._context.clock
            passed = (time.monotonic() - self._idle_since) * clock.speed
            clock.after(_idle_seconds(self.idle_policy) - passed, self._end_if_idle)

    def _end_if_idle(self) -> None:
        timeout = self._context.clock.seconds(_idle_seconds(self.idle_policy or {}))
        if self.idle_policy and self._idle_since and time.monotonic() - self._idle_since >= timeout:
            self.terminate("USER_REQUEST", "Terminated by auto-termination policy")

    def _start(self) -> None:
        try:
            self.nodes_role = self._nodes_role()
            self._network.enter(self._request["Instances"], self.groups)
            for state in ("BOOTSTRAPPING", "RUNNING"):
                time.sleep(TRANSITION_SECONDS)
                self._enter(state)
            time.sleep(TRANSITION_SECONDS)
            self._ready()
        except Exception as error:  # whatever the error, DescribeCluster must report it
            log.info("cluster %s: %s", self.id, error)
            self.queue.close()
            self._end("TERMINATED_WITH_ERRORS", "VALIDATION_ERROR", str(error))

    def _ready(self) -> None:
        self.details["Status"]["Timeline"]["ReadyDateTime"] = time.time()
        for group in self.groups:
            group["RunningInstanceCount"] = group["RequestedInstanceCount"]
            group["Status"]["State"] = "RUNNING"
        self.queue.open()

    def _end(self, state: str, code: str, message: str) -> None:
        time.sleep(TRANSITION_SECONDS)
        try:
            self._network.leave()
        finally:
            for group in self.groups:
                group["RunningInstanceCount"] = 0
                group["Status"]["State"] = "TERMINATED"
            self.details["Status"]["Timeline"]["EndDateTime"] = time.time()
            self._enter(state, code, message)

    def _enter(self, state: str, code: str = "", message: str = "") -> None:
        with self._lock:
            if self.state in ENDED or (self.state == "TERMINATING" and state not in ENDED):
                return
            reason = {"Code": code, "Message": message} if code else {"Message": message} if message else {}
            self.details["Status"] = {**self.details["Status"], "State": state, "StateChangeReason": reason}
        self.tell("EMR Cluster State Change", state, {"name": self.details["Name"], "stateChangeReason": str(reason)})

    def _nodes_role(self) -> str | None:
        """The ARN of the role in its instance profile. Raises RuntimeError without such a profile."""
        name = self._request.get("JobFlowRole", "").rpartition("/")[2]
        profiles = self._context.client("iam", self._scope, None).list_instance_profiles()["InstanceProfiles"]
        found = next((each for each in profiles if each["InstanceProfileName"] == name), None)
        if found is None:
            raise RuntimeError(f"Invalid InstanceProfile: {name}.")
        return next((str(role["Arn"]) for role in found["Roles"]), None)

    def _described(self, request: dict[str, Any], instances: dict[str, Any]) -> dict[str, Any]:
        subnets = [instances["Ec2SubnetId"]] if "Ec2SubnetId" in instances else instances.get("Ec2SubnetIds", [])
        placed = {name: instances[name] for name in PLACED if name in instances}
        if subnets:
            placed = {**placed, "Ec2SubnetId": subnets[0], "RequestedEc2SubnetIds": subnets}
        return {
            **{name: request[name] for name in SHOWN if name in request},
            "Id": self.id,
            "ClusterArn": self.arn,
            "Status": {"State": "STARTING", "StateChangeReason": {}, "Timeline": {"CreationDateTime": time.time()}},
            "Ec2InstanceAttributes": {**placed, "IamInstanceProfile": request.get("JobFlowRole")},
            "InstanceCollectionType": "INSTANCE_GROUP",
            "AutoTerminate": not instances.get("KeepJobFlowAliveWhenNoSteps", False),
            "TerminationProtected": instances.get("TerminationProtected", False),
            "UnhealthyNodeReplacement": instances.get("UnhealthyNodeReplacement", False),
            "VisibleToAllUsers": request.get("VisibleToAllUsers", True),
            "StepConcurrencyLevel": request.get("StepConcurrencyLevel", 1),
            "Tags": request.get("Tags", []),
            "NormalizedInstanceHours": 0,
        }


def _idle_seconds(policy: dict[str, Any]) -> float:
    return float(policy.get("IdleTimeout", 3600))


def _configs(instances: dict[str, Any]) -> list[dict[str, Any]]:
    """The instance groups, from either of the request's two forms."""
    if "InstanceGroups" in instances:
        return list(instances["InstanceGroups"])
    count = instances.get("InstanceCount", 1)
    primary = {"InstanceRole": "MASTER", "InstanceType": instances.get("MasterInstanceType"), "InstanceCount": 1}
    core = {"InstanceRole": "CORE", "InstanceType": instances.get("SlaveInstanceType"), "InstanceCount": count - 1}
    return [primary, core] if count > 1 else [primary]


def new_group(config: dict[str, Any]) -> dict[str, Any]:
    """A running instance group, as in ListInstanceGroups."""
    group = _group(config)
    group["RunningInstanceCount"] = group["RequestedInstanceCount"]
    group["Status"]["State"] = "RUNNING"
    return group


def _group(config: dict[str, Any]) -> dict[str, Any]:
    kept = ("BidPrice", "InstanceType", "Configurations", "CustomAmiId")
    devices = config.get("EbsConfiguration", {}).get("EbsBlockDeviceConfigs", ())
    return {
        **{name: config[name] for name in kept if name in config},
        "Id": new_id("ig"),
        "Name": config.get("Name", config["InstanceRole"].capitalize()),
        "Market": config.get("Market", "ON_DEMAND"),
        "InstanceGroupType": config["InstanceRole"],
        "RequestedInstanceCount": config["InstanceCount"],
        "RunningInstanceCount": 0,
        "EbsBlockDevices": [{"VolumeSpecification": device["VolumeSpecification"]} for device in devices],
        "Status": {"State": "PROVISIONING", "Timeline": {"CreationDateTime": time.time()}},
    }

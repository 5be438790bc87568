"""The operations on clusters, their instance groups, policies and tags."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local_aws.api.errors import not_implemented, validation_error
from local_aws.api.paging import offset
from local_aws.api.service import Operation, Scope
from local_aws.api.tables import Table
from local_aws.context import Context
from local_aws.emr.cluster import ENDING, Cluster, new_group
from local_aws.emr.configurations import check_configurations
from local_aws.emr.errors import invalid_request
from local_aws.emr.security_configurations import SecurityConfigurations
from local_aws.emr.step import Step
from local_aws.emr.steps import Steps
from local_aws.emr.studios import Studios

Request = dict[str, Any]
PAGE = 50


class Clusters:
    """All clusters of every account and region."""

    def __init__(self, context: Context, configurations: SecurityConfigurations, studios: Studios) -> None:
        self._context, self._configurations, self._studios = context, configurations, studios
        self._kept: dict[tuple[Scope, str], Cluster] = {}

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        return {
            "RunJobFlow": self.run,
            "DescribeCluster": lambda scope, request: {"Cluster": self._get(scope, request).details},
            "ListClusters": self.list,
            "TerminateJobFlows": self.terminate,
            "ModifyCluster": self.modify,
            "SetTerminationProtection": self._set("TerminationProtected"),
            "SetVisibleToAllUsers": self._set("VisibleToAllUsers"),
            "SetUnhealthyNodeReplacement": self._set("UnhealthyNodeReplacement"),
            "ListInstanceGroups": lambda scope, request: {"InstanceGroups": self._get(scope, request).groups},
            "AddInstanceGroups": self.add_groups,
            "ModifyInstanceGroups": self.modify_groups,
            "ListBootstrapActions": self.bootstrap_actions,
            "PutManagedScalingPolicy": self.put_scaling,
            "GetManagedScalingPolicy": lambda scope, request: {
                "ManagedScalingPolicy": self._get(scope, request).scaling_policy
            },
            "RemoveManagedScalingPolicy": self.remove_scaling,
            "PutAutoTerminationPolicy": self.put_idle,
            "GetAutoTerminationPolicy": lambda scope, request: {
                "AutoTerminationPolicy": self._get(scope, request).idle_policy
            },
            "RemoveAutoTerminationPolicy": self.remove_idle,
            "AddTags": self.add_tags,
            "RemoveTags": self.remove_tags,
            **Steps(self._context, self._get, self._live).operations(),
        }

    def idleness(self) -> Iterator[tuple[Scope, str, bool]]:
        """Of every cluster that takes steps: whether it is idle, which EMR publishes as the metric IsIdle."""
        for (scope, identifier), cluster in list(self._kept.items()):
            if cluster.state in ("RUNNING", "WAITING"):
                yield scope, identifier, cluster.state == "WAITING"

    def tags(self) -> Iterator[tuple[str, list[dict[str, str]]]]:
        """The ARN of every cluster with its tags, by which a policy may limit it."""
        for cluster in list(self._kept.values()):
            yield cluster.arn, cluster.details["Tags"]

    def table(self) -> Table:
        """All clusters as plain values."""
        return {key: cluster.saved() for key, cluster in self._kept.items()}

    def restore(self, table: Table) -> None:
        """Take the clusters of the last run."""
        for (scope, identifier), saved in table.items():
            self._kept[scope, identifier] = Cluster.restored(self._context, scope, saved)

    def run(self, scope: Scope, request: Request) -> Request:
        """RunJobFlow."""
        if "InstanceFleets" in request["Instances"]:
            raise not_implemented("instance fleets: give the cluster InstanceGroups")
        if "ReleaseLabel" not in request:
            raise validation_error("A cluster needs a ReleaseLabel, such as emr-7.12.0.")
        if name := request.get("SecurityConfiguration"):
            self._configurations.get(scope, name)
        _check_scaling(request.get("ManagedScalingPolicy"))
        groups = request["Instances"].get("InstanceGroups", ())
        check_configurations(item for holder in (request, *groups) for item in holder.get("Configurations", ()))
        cluster = Cluster(self._context, scope, request)
        self._kept[scope, cluster.id] = cluster
        cluster.queue.add([Step(self._context, scope, cluster, config) for config in request.get("Steps", ())])
        cluster.start()
        return {"JobFlowId": cluster.id, "ClusterArn": cluster.arn}

    def list(self, scope: Scope, request: Request) -> Request:
        """ListClusters: newest first, including ended ones."""
        states = request.get("ClusterStates")
        own_clusters = [cluster for (owner, _), cluster in self._kept.items() if owner == scope]
        details = [cluster.details for cluster in reversed(own_clusters) if not states or cluster.state in states]
        start = offset(request.get("Marker"), invalid_request("Marker is not valid."))
        more = {"Marker": str(start + PAGE)} if len(details) > start + PAGE else {}
        return {"Clusters": details[start : start + PAGE], **more}

    def terminate(self, scope: Scope, request: Request) -> None:
        """TerminateJobFlows: all or none."""
        clusters = [self._get(scope, {"ClusterId": identifier}) for identifier in request["JobFlowIds"]]
        if any(cluster.details["TerminationProtected"] for cluster in clusters):
            raise validation_error("Could not shut down one or more job flows since they are termination protected.")
        for cluster in clusters:
            cluster.terminate()

    def modify(self, scope: Scope, request: Request) -> Request:
        """ModifyCluster."""
        cluster = self._live(scope, request)
        cluster.details |= {name: value for name, value in request.items() if name != "ClusterId"}
        return cluster.details

    def add_groups(self, scope: Scope, request: Request) -> Request:
        """AddInstanceGroups: task groups only, as on AWS."""
        cluster = self._live(scope, {"ClusterId": request["JobFlowId"]})
        if any(config["InstanceRole"] != "TASK" for config in request["InstanceGroups"]):
            raise validation_error("Only task instance groups can be added to a running cluster.")
        check_configurations(item for config in request["InstanceGroups"] for item in config.get("Configurations", ()))
        groups = [new_group(config) for config in request["InstanceGroups"]]
        cluster.groups.extend(groups)
        identifiers = [group["Id"] for group in groups]
        return {"JobFlowId": cluster.id, "InstanceGroupIds": identifiers, "ClusterArn": cluster.arn}

    def modify_groups(self, scope: Scope, request: Request) -> None:
        """ModifyInstanceGroups: instances start and stop at once."""
        own_clusters = [cluster for (owner, _), cluster in self._kept.items() if owner == scope]
        groups = {group["Id"]: group for cluster in own_clusters for group in cluster.groups}
        for change in request.get("InstanceGroups", ()):
            group = groups.get(change["InstanceGroupId"])
            if group is None:
                raise invalid_request(f"Instance group id '{change['InstanceGroupId']}' is not valid.")
            if group["InstanceGroupType"] == "MASTER" and change.get("InstanceCount", 1) != 1:
                raise validation_error("The instance count of the primary instance group can't be changed.")
            count = change.get("InstanceCount", group["RequestedInstanceCount"])
            group.update(RequestedInstanceCount=count, RunningInstanceCount=count)
            if "Configurations" in change:
                check_configurations(change["Configurations"])
                group["Configurations"] = change["Configurations"]

    def bootstrap_actions(self, scope: Scope, request: Request) -> Request:
        """ListBootstrapActions."""
        actions = self._get(scope, request).bootstrap_actions
        summaries = [
            {
                "Name": action["Name"],
                "ScriptPath": action["ScriptBootstrapAction"]["Path"],
                "Args": action["ScriptBootstrapAction"].get("Args", []),
            }
            for action in actions
        ]
        return {"BootstrapActions": summaries}

    def put_scaling(self, scope: Scope, request: Request) -> None:
        """PutManagedScalingPolicy: stored and described; there is no load to scale by."""
        _check_scaling(request["ManagedScalingPolicy"])
        self._live(scope, request).scaling_policy = request["ManagedScalingPolicy"]

    def remove_scaling(self, scope: Scope, request: Request) -> None:
        """RemoveManagedScalingPolicy."""
        self._live(scope, request).scaling_policy = None

    def put_idle(self, scope: Scope, request: Request) -> None:
        """PutAutoTerminationPolicy: the cluster really ends after that much idle time."""
        cluster = self._live(scope, request)
        cluster.idle_policy = request.get("AutoTerminationPolicy", {"IdleTimeout": 3600})
        cluster.watch_idleness()

    def remove_idle(self, scope: Scope, request: Request) -> None:
        """RemoveAutoTerminationPolicy."""
        self._live(scope, request).idle_policy = None

    def add_tags(self, scope: Scope, request: Request) -> None:
        """AddTags: to a cluster or a studio."""
        tagged = self._tagged(scope, request["ResourceId"])
        keys = {tag["Key"] for tag in request["Tags"]}
        tagged["Tags"] = [*(tag for tag in tagged["Tags"] if tag["Key"] not in keys), *request["Tags"]]

    def remove_tags(self, scope: Scope, request: Request) -> None:
        """RemoveTags: from a cluster or a studio."""
        tagged = self._tagged(scope, request["ResourceId"])
        tagged["Tags"] = [tag for tag in tagged["Tags"] if tag["Key"] not in request["TagKeys"]]

    def _set(self, member: str) -> Operation:
        def run(scope: Scope, request: Request) -> None:
            for identifier in request["JobFlowIds"]:
                self._live(scope, {"ClusterId": identifier}).details[member] = request[member]

        return run

    def _tagged(self, scope: Scope, identifier: str) -> Request:
        return self._studios.find(scope, identifier) or self._get(scope, {"ClusterId": identifier}).details

    def _get(self, scope: Scope, request: Request) -> Cluster:
        cluster = self._kept.get((scope, request["ClusterId"]))
        if cluster is None:
            raise invalid_request(f"Cluster id '{request['ClusterId']}' is not valid.")
        return cluster

    def _live(self, scope: Scope, request: Request) -> Cluster:
        cluster = self._get(scope, request)
        if cluster.state in ENDING:
            raise validation_error("A job flow that is shutting down, terminated, or finished may not be modified.")
        return cluster


def _check_scaling(policy: Request | None) -> None:
    limits = (policy or {}).get("ComputeLimits")
    if limits and limits["MinimumCapacityUnits"] > limits["MaximumCapacityUnits"]:
        raise validation_error("MinimumCapacityUnits must not be greater than MaximumCapacityUnits.")

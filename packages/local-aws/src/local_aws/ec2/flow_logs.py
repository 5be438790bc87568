"""Flow logs. They write nothing to their destination, because no packets flow here."""

from __future__ import annotations

from local_aws.api.errors import AwsError
from local_aws.api.service import Scope
from local_aws.ec2.stores import Record, Stores, matches, new_id, now

DEFAULT_FORMAT = (
    "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} "
    "${bytes} ${start} ${end} ${action} ${log-status}"
)
FILTERS = {
    "flow-log-id": "FlowLogId",
    "log-group-name": "LogGroupName",
    "resource-id": "ResourceId",
    "traffic-type": "TrafficType",
}
KEPT = ("DeliverLogsPermissionArn", "DeliverCrossAccountRole", "LogGroupName", "LogDestination", "DestinationOptions")


def create(stores: Stores, scope: Scope, request: Record) -> Record:
    """CreateFlowLogs: one per resource."""
    kind = request.get("LogDestinationType", "cloud-watch-logs")
    _check_destination(request, kind)
    identifiers = []
    for resource in request["ResourceIds"]:
        _check_resource(stores, request["ResourceType"], resource)
        record = {
            **{name: request[name] for name in KEPT if name in request},
            "FlowLogId": new_id("fl"),
            "ResourceId": resource,
            "FlowLogStatus": "ACTIVE",
            "CreationTime": now(),
            "DeliverLogsStatus": "SUCCESS",
            "LogDestinationType": kind,
            "TrafficType": request.get("TrafficType"),
            "LogFormat": request.get("LogFormat", DEFAULT_FORMAT),
            "MaxAggregationInterval": request.get("MaxAggregationInterval", 600),
        }
        _refuse_twin(stores, record)
        if "LogGroupName" in record and kind == "cloud-watch-logs":
            record["LogDestination"] = f"arn:aws:logs:{scope.region}:{scope.account}:log-group:{record['LogGroupName']}"
        stores.flow_logs[record["FlowLogId"]] = record
        stores.tag_new(request, record["FlowLogId"])
        identifiers.append(record["FlowLogId"])
    return {"FlowLogIds": identifiers, "Unsuccessful": []}


def describe(stores: Stores, _scope: Scope, request: Record) -> Record:
    """DescribeFlowLogs."""
    identifiers = request.get("FlowLogIds")
    records = [
        stores.tagged(record, name)
        for name, record in stores.flow_logs.items()
        if not identifiers or name in identifiers
    ]
    return {"FlowLogs": [record for record in records if matches(record, request.get("Filter"), FILTERS)]}


def delete(stores: Stores, _scope: Scope, request: Record) -> Record:
    """DeleteFlowLogs."""
    unsuccessful = []
    for identifier in request["FlowLogIds"]:
        if stores.flow_logs.pop(identifier, None) is None:
            message = f"These flow log ids in the input list are not found: [{identifier}]"
            error = {"Code": "InvalidFlowLogId.NotFound", "Message": message}
            unsuccessful.append({"ResourceId": identifier, "Error": error})
        stores.tags.pop(identifier, None)
    return {"Unsuccessful": unsuccessful}


def _check_destination(request: Record, kind: str) -> None:
    if kind == "cloud-watch-logs":
        if "DeliverLogsPermissionArn" not in request or not {"LogGroupName", "LogDestination"} & request.keys():
            raise AwsError(
                "MissingParameter",
                "Flow logs to CloudWatch Logs need LogGroupName (or LogDestination) and DeliverLogsPermissionArn.",
            )
    elif "LogDestination" not in request:
        raise AwsError("MissingParameter", f"Flow logs to {kind} need LogDestination.")


def _check_resource(stores: Stores, kind: str, identifier: str) -> None:
    if kind == "VPC":
        stores.vpc(identifier)
    elif kind == "Subnet":
        stores.subnet(identifier)
    elif kind == "NetworkInterface" and identifier not in stores.network_interfaces:
        message = f"The network interface '{identifier}' does not exist"
        raise AwsError("InvalidNetworkInterfaceID.NotFound", message)


def _refuse_twin(stores: Stores, record: Record) -> None:
    same = ("ResourceId", "TrafficType", "LogGroupName", "LogDestination", "LogFormat")
    for other in stores.flow_logs.values():
        compared = [name for name in same if name != "LogDestination" or "LogGroupName" not in record]
        if all(other.get(name) == record.get(name) for name in compared):
            raise AwsError(
                "FlowLogAlreadyExists",
                "There is an existing Flow Log with the same configuration and log destination.",
            )

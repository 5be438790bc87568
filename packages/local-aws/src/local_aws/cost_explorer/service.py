"""Cost Explorer's operations on anomaly detection and cost allocation tags.

It is one service for all regions, in us-east-1. Monitors and subscriptions are kept, described and held to AWS's rules;
no anomaly is ever detected, because nothing costs anything here. The account counts as one that pays its own bill: AWS
refuses a member of an organization a monitor of a tag, and the list of cost allocation tags.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime

from local_aws.api.errors import AwsError
from local_aws.api.paging import offset
from local_aws.api.service import Operation, Scope
from local_aws.api.tables import Table
from local_aws.context import Context
from local_aws.cost_explorer.checks import Record, check_monitor, check_subscription

HOME = "us-east-1"
PAGE = 100


class CostExplorer:
    """The operations."""

    def __init__(self, context: Context) -> None:
        self._store = context.store
        self._monitors: dict[tuple[Scope, str], Record] = {}
        self._subscriptions: dict[tuple[Scope, str], Record] = {}
        self._tags: dict[tuple[Scope, str], dict[str, str]] = {}
        self._activated: dict[tuple[Scope, str], Record] = {}

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        return {
            "CreateAnomalyMonitor": self.create_monitor,
            "UpdateAnomalyMonitor": self.update_monitor,
            "DeleteAnomalyMonitor": self.delete_monitor,
            "GetAnomalyMonitors": self.get_monitors,
            "CreateAnomalySubscription": self.create_subscription,
            "UpdateAnomalySubscription": self.update_subscription,
            "DeleteAnomalySubscription": self.delete_subscription,
            "GetAnomalySubscriptions": self.get_subscriptions,
            "GetAnomalies": self.get_anomalies,
            "ListTagsForResource": self.list_tags,
            "ListCostAllocationTags": self.list_cost_allocation_tags,
            "UpdateCostAllocationTagsStatus": self.update_cost_allocation_tags,
        }

    def tables(self) -> dict[str, Table]:
        """See `api.tables`."""
        return {
            "monitors": self._monitors,
            "subscriptions": self._subscriptions,
            "tags": self._tags,
            "activated": self._activated,
        }

    def restore(self, tables: Mapping[str, Table]) -> None:
        """See `api.tables`."""
        for name, table in self.tables().items():
            table.update(tables.get(name, {}))

    def create_monitor(self, scope: Scope, request: Record) -> Record:
        """CreateAnomalyMonitor."""
        monitor = request["AnomalyMonitor"]
        check_monitor(monitor, _all(self._monitors, scope))
        arn, today = _arn(scope, "anomalymonitor"), _today()
        self._monitors[_home(scope), arn] = {
            **monitor,
            "MonitorArn": arn,
            "CreationDate": today,
            "LastUpdatedDate": today,
            "DimensionalValueCount": 0,
        }
        self._tag(scope, arn, request)
        return {"MonitorArn": arn}

    def update_monitor(self, scope: Scope, request: Record) -> Record:
        """UpdateAnomalyMonitor: its name, and nothing else."""
        monitor = _known(self._monitors, scope, request["MonitorArn"], "Monitor")
        changed = {"MonitorName": request["MonitorName"]} if "MonitorName" in request else {}
        self._monitors[_home(scope), monitor["MonitorArn"]] = {**monitor, **changed, "LastUpdatedDate": _today()}
        return {"MonitorArn": monitor["MonitorArn"]}

    def delete_monitor(self, scope: Scope, request: Record) -> None:
        """DeleteAnomalyMonitor."""
        self._delete(self._monitors, scope, request["MonitorArn"], "Monitor")

    def get_monitors(self, scope: Scope, request: Record) -> Record:
        """GetAnomalyMonitors: all, or those that are asked for."""
        return _listed(
            "AnomalyMonitors", self._asked(self._monitors, scope, request, "Monitor"), request, "NextPageToken"
        )

    def create_subscription(self, scope: Scope, request: Record) -> Record:
        """CreateAnomalySubscription. As on AWS, whether the topic lets it publish is not looked at."""
        subscription = request["AnomalySubscription"]
        self._check(scope, subscription)
        arn = _arn(scope, "anomalysubscription")
        self._subscriptions[_home(scope), arn] = {
            **_confirmed(subscription),
            "SubscriptionArn": arn,
            "AccountId": scope.account,
        }
        self._tag(scope, arn, request)
        return {"SubscriptionArn": arn}

    def update_subscription(self, scope: Scope, request: Record) -> Record:
        """UpdateAnomalySubscription: what the request names; either threshold replaces the other."""
        old = _known(self._subscriptions, scope, request["SubscriptionArn"], "Subscription")
        thresholds = {"Threshold", "ThresholdExpression"}
        kept = {key: each for key, each in old.items() if key not in thresholds or not thresholds & request.keys()}
        changed = {**kept, **request}
        self._check(scope, changed)
        self._subscriptions[_home(scope), old["SubscriptionArn"]] = _confirmed(changed)
        return {"SubscriptionArn": old["SubscriptionArn"]}

    def delete_subscription(self, scope: Scope, request: Record) -> None:
        """DeleteAnomalySubscription."""
        self._delete(self._subscriptions, scope, request["SubscriptionArn"], "Subscription")

    def get_subscriptions(self, scope: Scope, request: Record) -> Record:
        """GetAnomalySubscriptions: all, those that are asked for, or those of a monitor."""
        subscriptions = self._asked(self._subscriptions, scope, request, "Subscription")
        if monitor := request.get("MonitorArn"):
            subscriptions = [each for each in subscriptions if monitor in each["MonitorArnList"]]
        return _listed("AnomalySubscriptions", subscriptions, request, "NextPageToken")

    def get_anomalies(self, _scope: Scope, _request: Record) -> Record:
        """GetAnomalies: none, ever."""
        return {"Anomalies": []}

    def list_tags(self, scope: Scope, request: Record) -> Record:
        """ListTagsForResource."""
        tags = self._tags.get((_home(scope), request["ResourceArn"]))
        if tags is None:
            raise AwsError("ResourceNotFoundException", f"Resource not found: {request['ResourceArn']}")
        return {"ResourceTags": [{"Key": key, "Value": text} for key, text in tags.items()]}

    def list_cost_allocation_tags(self, scope: Scope, request: Record) -> Record:
        """ListCostAllocationTags: the keys of tags in use, which are inactive until they are activated."""
        rows = [self._activated.get((_home(scope), key)) or _inactive(key) for key in self._keys(scope)]
        filters = {name: request[name] for name in ("Status", "Type") if name in request}
        keys = request.get("TagKeys")
        rows = [
            row
            for row in rows
            if all(row[name] == text for name, text in filters.items()) and (not keys or row["TagKey"] in keys)
        ]
        return _listed("CostAllocationTags", rows, request, "NextToken")

    def update_cost_allocation_tags(self, scope: Scope, request: Record) -> Record:
        """UpdateCostAllocationTagsStatus: at once; AWS takes up to 24 hours. A key that nothing has is an error."""
        known, errors = self._keys(scope), []
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for entry in request["CostAllocationTagsStatus"]:
            key = entry["TagKey"]
            if key not in known:
                errors.append({"TagKey": key, "Code": "TagKeysNotFoundException", "Message": "Tag keys not found"})
                continue
            row = {**_inactive(key), "Status": entry["Status"], "LastUpdatedDate": now}
            self._activated[_home(scope), key] = row
        return {"Errors": errors}

    def _keys(self, scope: Scope) -> list[str]:
        own = {key for (home, _), tags in self._tags.items() if home == _home(scope) for key in tags}
        keys = own | self._store.tag_keys(scope.account)
        return sorted(key for key in keys if not key.startswith("aws:"))

    def _check(self, scope: Scope, subscription: Record) -> None:
        for arn in subscription["MonitorArnList"]:
            _known(self._monitors, scope, arn, "Monitor")
        check_subscription(subscription)

    def _tag(self, scope: Scope, arn: str, request: Record) -> None:
        self._tags[_home(scope), arn] = {tag["Key"]: tag["Value"] for tag in request.get("ResourceTags", ())}

    def _delete(self, table: dict[tuple[Scope, str], Record], scope: Scope, arn: str, noun: str) -> None:
        _known(table, scope, arn, noun)
        del table[_home(scope), arn]
        self._tags.pop((_home(scope), arn), None)

    def _asked(self, table: dict[tuple[Scope, str], Record], scope: Scope, request: Record, noun: str) -> list[Record]:
        arns = request.get(f"{noun}ArnList")
        return [_known(table, scope, arn, noun) for arn in arns] if arns else _all(table, scope)


def _home(scope: Scope) -> Scope:
    return Scope(scope.account, HOME)


def _arn(scope: Scope, kind: str) -> str:
    return f"arn:aws:ce::{scope.account}:{kind}/{uuid.uuid4()}"


def _today() -> str:
    return time.strftime("%Y-%m-%d", time.gmtime())


def _all(table: Mapping[tuple[Scope, str], Record], scope: Scope) -> list[Record]:
    return [record for (home, _), record in table.items() if home == _home(scope)]


def _known(table: Mapping[tuple[Scope, str], Record], scope: Scope, arn: str, noun: str) -> Record:
    record = table.get((_home(scope), arn))
    if record is None:
        raise AwsError(f"Unknown{noun}Exception", f"Could not find {noun.lower()} {arn}")
    return record


def _confirmed(subscription: Record) -> Record:
    """The subscription with its recipients' status: a topic confirms nothing."""
    subscribers = [{"Status": "CONFIRMED", **subscriber} for subscriber in subscription["Subscribers"]]
    return {**subscription, "Subscribers": subscribers}


def _inactive(key: str) -> Record:
    return {"TagKey": key, "Type": "UserDefined", "Status": "Inactive"}


def _listed(member: str, records: list[Record], request: Record, page_member: str) -> Record:
    invalid = AwsError("InvalidNextTokenException", "The pagination token is invalid")
    start = offset(request.get(page_member), invalid)
    end = start + int(request.get("MaxResults", PAGE))
    response: Record = {member: records[start:end]}
    return {**response, page_member: str(end)} if end < len(records) else response

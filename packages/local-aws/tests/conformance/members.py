"""What has no effect: `members.yaml` declares it, `members.md` shows it to users, and this measures it.

Of requests these are members, and of templates properties of the resource types whose properties are checked.

Run `make members-docs` to write both anew.
"""

from __future__ import annotations

import copy
import re
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import yaml
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from local_aws.cloudformation.schema import schemas
from tests.conformance.models import operations
from tests.conformance.property_reading import unread_properties
from tests.conformance.reading import SERVICES, Members, key, paths, unread
from tests.conformance.sending import answered, existing
from tests.conformance.shapes import one, smallest
from tests.fuzz.examples import EXAMPLES, ROLE, resources
from tests.fuzz.requests import whole_request
from tests.fuzz.values import BUCKET, NAMES, Values
from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import LocalAws, running_local_aws
from tests.local_aws.plain_endpoints import PlainEndpoints

PACKAGE = Path(__file__).resolve().parents[2]
DECLARED, TABLE = PACKAGE / "members.yaml", PACKAGE / "members.md"
CLOSED = re.compile(r"\w+(Monitoring|(DataQuality|ModelQuality|ModelBias|ModelExplainability)JobDefinition)\w*")
"""Operations of Model Monitor, which create nothing."""
REFUSED = re.compile(r"does not (implement|simulate)|no longer open|does not support", re.IGNORECASE)
"""What the refusal of a member, or of the structure that it is in, says."""
MORE_EXAMPLES: dict[str, dict[str, Any]] = {
    "CreatePipeline": {"PipelineName": "", "ClientRequestToken": "a" * 32, "RoleArn": ROLE},
    "UpdatePipeline": {"PipelineName": ""},
    "CreateAnomalyMonitor": {
        "AnomalyMonitor": {
            "MonitorName": "a",
            "MonitorType": "CUSTOM",
            "MonitorSpecification": {"Tags": {"Key": "a", "Values": ["b"]}},
        }
    },
    "UpdateAnomalySubscription": {"SubscriptionArn": None},
}


def declared() -> dict[str, Any]:
    """What `members.yaml` says: the members that nothing reads, and those that are read without effect."""
    content: dict[str, Any] = yaml.safe_load(DECLARED.read_text(encoding="utf-8"))
    return content


def measured(aws: LocalAws, existing: list[OperationModel]) -> Members:
    """The members of these operations that nothing reads, without those that are refused."""
    tries, ignored = _Tries(aws), dict[str, dict[str, set[str]]]()
    for operation in existing:
        service = operation.service_model.service_name
        if service not in SERVICES or CLOSED.fullmatch(operation.name):
            continue
        for path, owner in _unread(operation).items():
            if not tries.refuses(operation, path, owner):
                ignored.setdefault(service, {}).setdefault(key(operation, path, owner), set()).add(operation.name)
    return {
        service: {key: sorted(names) for key, names in sorted(members.items())} for service, members in ignored.items()
    }


def measured_properties(without_effect: Members) -> dict[str, list[str]]:
    """The properties of each resource type that have no effect. ``without_effect`` are the members that have none."""
    properties = {type_name: unread_properties(type_name, without_effect) for type_name in sorted(schemas())}
    return {type_name: names for type_name, names in properties.items() if names}


def table(content: Mapping[str, Any]) -> str:
    """`members.md`."""
    lines = [
        "# Members without effect",
        "",
        "What the local AWS takes and passes over, by service. Written by `make members-docs`; do not edit it.",
        "A member that is not here has an effect, or a request with it is refused. `A.B` is the member B of the type A",
        "in AWS's API reference; with a structure, all that is in it has no effect. Members that only describe a",
        "resource, such as descriptions, are here too: Describe returns them, and nothing else uses them.",
    ]
    for service, members in content["unread"].items():
        lines += ["", f"## {service}", "", "| member | operations |", "|---|---|"]
        lines += [f"| {member} | {', '.join(names)} |" for member, names in members.items()]
        if checked := content["checked"].get(service):
            lines += ["", "Checked or compared, and otherwise without effect:", ""]
            lines += ["| member | operations | what is done with it |", "|---|---|---|"]
            lines += [
                f"| {member} | {', '.join(entry['operations'])} | {entry['use']} |" for member, entry in checked.items()
            ]
    lines += [
        "",
        "## Properties in templates",
        "",
        "What a stack takes and passes over, of the resource types whose properties are checked. A property that is",
        "not here is used, or kept and shown: the README names what is only kept, such as trails and budgets.",
        "",
        "| type | properties |",
        "|---|---|",
        *(f"| {type_name} | {', '.join(names)} |" for type_name, names in content["properties"].items()),
    ]
    return "\n".join(lines) + "\n"


def write() -> None:
    """Write both files anew."""
    with running_local_aws(*PLAIN) as aws:
        members = measured(aws, existing(aws))
    properties = measured_properties(members)
    content = {"unread": members, "checked": declared()["checked"], "properties": properties}
    comment = "".join(f"{line}\n" for line in DECLARED.read_text(encoding="utf-8").splitlines() if line[:1] == "#")
    DECLARED.write_text(comment + yaml.safe_dump(content, sort_keys=False, width=120), encoding="utf-8")
    TABLE.write_text(table(content), encoding="utf-8")


def unknown(content: Mapping[str, Any]) -> Iterator[str]:
    """Entries of `checked` that no operation has, or that nothing reads any more."""
    by_name = {(each.service_model.service_name, each.name): each for each in operations()}
    for service, members in content["checked"].items():
        for member, entry in members.items():
            for name in entry["operations"]:
                operation = by_name[service, name]
                keys = {key(operation, path, owner): path for path, owner in paths(operation).items()}
                if member not in keys or keys[member] in unread(operation):
                    yield f"{service}:{name}, {member}"


def _unread(operation: OperationModel) -> dict[str, StructureShape]:
    owners = paths(operation)
    return {path: owners[path] for path in unread(operation)}


class _Tries:
    """Sends each member once, in a request that works without it where there is an example of one."""

    def __init__(self, aws: LocalAws) -> None:
        aws.client("s3").create_bucket(Bucket=BUCKET)
        self._aws, self._tried = aws, dict[tuple[str, str], bool]()
        model = PlainEndpoints(aws, BUCKET).model()
        own = {"ModelName": model, "ResourceId": "endpoint/a/variant/b", "SubscriptionArn": _subscription(aws)}
        identifiers = {**resources(aws), **own}
        self._values = Values(_NewNames(0), identifiers, existing=False)
        aws.client("sagemaker").create_model_package_group(ModelPackageGroupName=NAMES[0])

    def refuses(self, operation: OperationModel, path: str, owner: StructureShape) -> bool:
        """Whether the member is refused, alone or with all that it is in."""
        tried = (operation.name, key(operation, path, owner))
        if tried not in self._tried:
            request = _with_member(operation.input_shape, self._example(operation), path.split("."))
            _, body = answered(self._aws, whole_request(operation, "", False, request))
            self._tried[tried] = bool(REFUSED.search(body.decode()))
        return self._tried[tried]

    def _example(self, operation: OperationModel) -> dict[str, Any]:
        shape = operation.input_shape
        example = {**EXAMPLES, **MORE_EXAMPLES}.get(operation.name)
        assert isinstance(shape, StructureShape)
        if example is None or not example.keys() <= shape.members.keys():
            example = smallest(shape)
        filled: dict[str, Any] = self._values.filled(example)
        return filled


def _subscription(aws: LocalAws) -> str:
    """The ARN of a new subscription to cost anomalies."""
    cost_explorer = aws.client("ce")
    monitor = cost_explorer.create_anomaly_monitor(**MORE_EXAMPLES["CreateAnomalyMonitor"])["MonitorArn"]
    subscription = {
        "MonitorArnList": [monitor],
        "Subscribers": [{"Type": "EMAIL", "Address": "a@b.com"}],
        "Threshold": 1.0,
        "Frequency": "DAILY",
        "SubscriptionName": "a",
    }
    arn = cost_explorer.create_anomaly_subscription(AnomalySubscription=subscription)["SubscriptionArn"]
    return str(arn)


class _NewNames(Random):
    """Another name for each resource."""

    def choice(self, seq: Any) -> Any:
        return f"a{uuid.uuid4().hex[:10]}" if seq is NAMES else super().choice(seq)


def _with_member(shape: Shape | None, example: dict[str, Any], path: list[str]) -> dict[str, Any]:
    """A copy of the request with the smallest value of a member; what is above it is filled in."""
    request = copy.deepcopy(example)
    holder: Any = request
    for number, name in enumerate(path):
        while isinstance(shape, ListShape | MapShape):
            holder = holder[next(iter(holder))] if isinstance(holder, dict) else holder[0]
            shape = shape.member if isinstance(shape, ListShape) else shape.value
        assert isinstance(shape, StructureShape)
        shape = shape.members[name]
        if number == len(path) - 1 or not holder.get(name):
            holder[name] = one(shape)
        holder = holder[name]
    return request


if __name__ == "__main__":
    write()

"""Amazon EMR's resource types."""

from __future__ import annotations

import json
from typing import Any

from local_aws.cloudformation.client_resource import ClientResource, members, tag_list, tag_map, until
from local_aws.cloudformation.resource_type import Created, Properties

READY = ("RUNNING", "WAITING")
ENDED = ("TERMINATED", "TERMINATED_WITH_ERRORS")
GROUPS = {"MasterInstanceGroup": "MASTER", "CoreInstanceGroup": "CORE"}


class Cluster(ClientResource):
    """Created once it is ready for steps; a cluster that ends instead fails the stack with its reason."""

    type_name = "AWS::EMR::Cluster"
    service = "emr"
    missing = ("InvalidRequestException",)

    def _create(self, client: Any, name: str, properties: Properties) -> Created:
        del name
        identifier = client.run_job_flow(**members(client, "RunJobFlow", _job_flow(properties)))["JobFlowId"]
        until(lambda: _status(client, identifier)["State"] in (*READY, *ENDED))
        status = _status(client, identifier)
        if status["State"] in ENDED:
            reason = status["StateChangeReason"].get("Message", "")
            raise RuntimeError(f'Resource handler returned message: "Cluster failed to start. {reason}"')
        return identifier, {"Id": identifier, "MasterPublicDNS": ""}

    def _update(self, client: Any, physical_id: str, old: Properties, new: Properties) -> Created:
        target = {"ClusterId": physical_id}
        policies = {
            "ManagedScalingPolicy": "managed_scaling_policy",
            "AutoTerminationPolicy": "auto_termination_policy",
        }
        for name, operation in policies.items():
            if new.get(name) and new[name] != old.get(name):
                put = getattr(client, f"put_{operation}")
                put(**members(client, f"Put{name}", {**target, name: new[name]}))
            elif old.get(name) and not new.get(name):
                getattr(client, f"remove_{operation}")(**target)
        if old.get("StepConcurrencyLevel") != new.get("StepConcurrencyLevel"):
            client.modify_cluster(**target, StepConcurrencyLevel=int(new.get("StepConcurrencyLevel", 1)))
        _flags(client, physical_id, old, new)
        _resize(client, physical_id, new)
        _retag(client, physical_id, old, new)
        return physical_id, {"Id": physical_id, "MasterPublicDNS": ""}

    def _delete(self, client: Any, physical_id: str, properties: Properties) -> None:
        del properties
        if _status(client, physical_id)["State"] not in ENDED:
            client.terminate_job_flows(JobFlowIds=[physical_id])
        until(lambda: _status(client, physical_id)["State"] in ENDED)


def _status(client: Any, identifier: str) -> dict[str, Any]:
    status: dict[str, Any] = client.describe_cluster(ClusterId=identifier)["Cluster"]["Status"]
    return status


def _job_flow(properties: Properties) -> dict[str, Any]:
    """RunJobFlow has the instance groups in one list, and another name for configurations."""
    instance_settings = properties["Instances"]
    single = [
        {**instance_settings[name], "InstanceRole": role} for name, role in GROUPS.items() if name in instance_settings
    ]
    tasks = [{**group, "InstanceRole": "TASK"} for group in instance_settings.get("TaskInstanceGroups", ())]
    fleets = [name for name in instance_settings if name.endswith(("InstanceFleet", "InstanceFleets"))]
    others = {
        k: v for k, v in instance_settings.items() if k not in GROUPS and k != "TaskInstanceGroups" and k not in fleets
    }
    groups = [_renamed(group) for group in (*single, *tasks)]
    instances = {**others, "InstanceGroups": groups} if not fleets else {**others, "InstanceFleets": []}
    return _renamed({**properties, "Instances": instances, "Tags": tag_list(tag_map(properties))})


def _renamed(holder: dict[str, Any]) -> dict[str, Any]:
    if "Configurations" not in holder:
        return holder
    return {**holder, "Configurations": [_configuration(item) for item in holder["Configurations"]]}


def _configuration(item: dict[str, Any]) -> dict[str, Any]:
    inner = [_configuration(nested) for nested in item.get("Configurations", ())]
    return {
        "Classification": item["Classification"],
        "Properties": {key: _text(value) for key, value in item.get("ConfigurationProperties", {}).items()},
        **({"Configurations": inner} if inner else {}),
    }


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _flags(client: Any, identifier: str, old: Properties, new: Properties) -> None:
    def flag(holder: Properties, name: str, default: str) -> bool:
        return str(holder.get(name, default)).lower() == "true"

    before, after = old["Instances"], new["Instances"]
    if flag(before, "TerminationProtected", "false") != (protected := flag(after, "TerminationProtected", "false")):
        client.set_termination_protection(JobFlowIds=[identifier], TerminationProtected=protected)
    if flag(old, "VisibleToAllUsers", "true") != (visible := flag(new, "VisibleToAllUsers", "true")):
        client.set_visible_to_all_users(JobFlowIds=[identifier], VisibleToAllUsers=visible)


def _resize(client: Any, identifier: str, new: Properties) -> None:
    current = {group["InstanceGroupType"]: group for group in _groups(client, identifier)}
    counts = {role: new["Instances"].get(name, {}).get("InstanceCount") for name, role in GROUPS.items()}
    changes = [
        {"InstanceGroupId": current[role]["Id"], "InstanceCount": int(count)}
        for role, count in counts.items()
        if count is not None and role in current and int(count) != current[role]["RequestedInstanceCount"]
    ]
    if changes:
        client.modify_instance_groups(ClusterId=identifier, InstanceGroups=changes)


def _groups(client: Any, identifier: str) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = client.list_instance_groups(ClusterId=identifier)["InstanceGroups"]
    return groups


def _retag(client: Any, identifier: str, old: Properties, new: Properties) -> None:
    before, after = tag_map(old), tag_map(new)
    if removed := sorted(before.keys() - after.keys()):
        client.remove_tags(ResourceId=identifier, TagKeys=removed)
    if after and before != after:
        client.add_tags(ResourceId=identifier, Tags=tag_list(after))


class SecurityConfiguration(ClientResource):
    """Ref is its name; the template has an object, the API JSON text."""

    type_name = "AWS::EMR::SecurityConfiguration"
    service = "emr"
    missing = ("InvalidRequestException",)
    name_property = "Name"
    tags = None

    def _create(self, client: Any, name: str, properties: Properties) -> Created:
        configuration = properties["SecurityConfiguration"]
        text = configuration if isinstance(configuration, str) else json.dumps(configuration)
        name = properties.get("Name", name)
        client.create_security_configuration(Name=name, SecurityConfiguration=text)
        return name, {}

    def _update(self, client: Any, physical_id: str, old: Properties, new: Properties) -> Created:
        del client, old, new
        return physical_id, {}

    def _delete(self, client: Any, physical_id: str, properties: Properties) -> None:
        del properties
        client.delete_security_configuration(Name=physical_id)


class Studio(ClientResource):
    """Ref is its id."""

    type_name = "AWS::EMR::Studio"
    service = "emr"
    missing = ("InvalidRequestException",)

    def _create(self, client: Any, name: str, properties: Properties) -> Created:
        del name
        arguments = {**properties, "Tags": tag_list(tag_map(properties))}
        return _studio(client, client.create_studio(**members(client, "CreateStudio", arguments))["StudioId"])

    def _update(self, client: Any, physical_id: str, old: Properties, new: Properties) -> Created:
        client.update_studio(**members(client, "UpdateStudio", {**new, "StudioId": physical_id}))
        _retag(client, physical_id, old, new)
        return _studio(client, physical_id)

    def _delete(self, client: Any, physical_id: str, properties: Properties) -> None:
        del properties
        client.delete_studio(StudioId=physical_id)


def _studio(client: Any, identifier: str) -> Created:
    studio = client.describe_studio(StudioId=identifier)["Studio"]
    return identifier, {"Arn": studio["StudioArn"], "StudioId": identifier, "Url": studio["Url"]}


class ServerlessApplication(ClientResource):
    """An application of EMR Serverless. Its API's member names begin with lower-case letters."""

    type_name = "AWS::EMRServerless::Application"
    service = "emr-serverless"
    missing = ("ResourceNotFoundException",)

    def _create(self, client: Any, name: str, properties: Properties) -> Created:
        arguments = {**_lowered(properties), "name": properties.get("Name", name), "tags": tag_map(properties)}
        response = client.create_application(clientToken=name, **members(client, "CreateApplication", arguments))
        return _application(client, response["applicationId"])

    def _update(self, client: Any, physical_id: str, old: Properties, new: Properties) -> Created:
        del old
        arguments = {key: value for key, value in _lowered(new).items() if key not in ("name", "tags", "type")}
        _stop(client, physical_id)
        arguments |= {"applicationId": physical_id, "clientToken": physical_id}
        client.update_application(**members(client, "UpdateApplication", arguments))
        return _application(client, physical_id)

    def _delete(self, client: Any, physical_id: str, properties: Properties) -> None:
        del properties
        _stop(client, physical_id)
        client.delete_application(applicationId=physical_id)


def _lowered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: _lowered(inner) for key, inner in value.items()}
    return [_lowered(item) for item in value] if isinstance(value, list) else value


def _stop(client: Any, identifier: str) -> None:
    if client.get_application(applicationId=identifier)["application"]["state"] == "STARTED":
        client.stop_application(applicationId=identifier)


def _application(client: Any, identifier: str) -> Created:
    application = client.get_application(applicationId=identifier)["application"]
    return identifier, {"ApplicationId": identifier, "Arn": application["arn"]}


class InstanceGroupConfig(ClientResource):
    """A task group. EMR can't delete one, so it is set to zero instances instead."""

    type_name = "AWS::EMR::InstanceGroupConfig"
    service = "emr"
    missing = ("InvalidRequestException",)
    tags = None

    def _create(self, client: Any, name: str, properties: Properties) -> Created:
        config = {key: value for key, value in properties.items() if key != "JobFlowId"}
        arguments = {"JobFlowId": properties["JobFlowId"], "InstanceGroups": [_renamed({"Name": name, **config})]}
        (identifier,) = client.add_instance_groups(**members(client, "AddInstanceGroups", arguments))[
            "InstanceGroupIds"
        ]
        return identifier, {"InstanceGroupId": identifier}

    def _update(self, client: Any, physical_id: str, old: Properties, new: Properties) -> Created:
        del old
        self._set(client, physical_id, new, int(new["InstanceCount"]))
        return physical_id, {"InstanceGroupId": physical_id}

    def _delete(self, client: Any, physical_id: str, properties: Properties) -> None:
        self._set(client, physical_id, properties, 0)

    def _set(self, client: Any, identifier: str, properties: Properties, count: int) -> None:
        change = {"InstanceGroupId": identifier, "InstanceCount": count}
        client.modify_instance_groups(ClusterId=properties["JobFlowId"], InstanceGroups=[change])


TYPES = (Cluster(), SecurityConfiguration(), Studio(), InstanceGroupConfig(), ServerlessApplication())

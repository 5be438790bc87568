"""EC2's actions that are ours, or checked by us, as functions of a request's parameters."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping

from local_aws.api.errors import AwsError, Response
from local_aws.api.service import Scope, service_model
from local_aws.ec2 import flow_logs, nat_gateways, vpc_endpoints, wire
from local_aws.ec2.dependencies import CHECKS
from local_aws.ec2.stores import Record, Stores

Action = Callable[[wire.Parameters], Response]
OPERATIONS: dict[str, Callable[[Stores, Scope, Record], Record]] = {
    "CreateFlowLogs": flow_logs.create,
    "DeleteFlowLogs": flow_logs.delete,
    "DescribeFlowLogs": flow_logs.describe,
    "CreateNatGateway": nat_gateways.create,
    "DeleteNatGateway": nat_gateways.delete,
    "DescribeNatGateways": nat_gateways.describe,
    "CreateVpcEndpoint": vpc_endpoints.create,
    "DeleteVpcEndpoints": vpc_endpoints.delete,
    "DescribeVpcEndpoints": vpc_endpoints.describe,
    "ModifyVpcEndpoint": vpc_endpoints.modify,
}


def actions(stores: Stores, current_scope: Callable[[], Scope], emulated: Mapping[str, Action]) -> dict[str, Action]:
    """Our operations, and those of the emulator that need a check of ours first."""
    return {
        **{name: _operation(name, stores, current_scope) for name in OPERATIONS},
        **{name: _checked(name, stores, emulated[name]) for name in CHECKS},
    }


def _operation(name: str, stores: Stores, current_scope: Callable[[], Scope]) -> Action:
    def action(parameters: wire.Parameters) -> Response:
        model = service_model("ec2").operation_model(name)
        try:
            request = wire.request(model.input_shape, parameters)
            for member in model.input_shape.required_members:
                if member not in request:
                    raise AwsError("MissingParameter", f"The request must contain the parameter {member}")
            return wire.response(model, OPERATIONS[name](stores, current_scope(), request), str(uuid.uuid4()))
        except AwsError as error:
            return wire.error(error, str(uuid.uuid4()))

    return action


def _checked(name: str, stores: Stores, inner: Action) -> Action:
    def action(parameters: wire.Parameters) -> Response:
        try:
            CHECKS[name](
                stores, {key: value[0] if isinstance(value, list) else value for key, value in parameters.items()}
            )
        except AwsError as error:
            return wire.error(error, str(uuid.uuid4()))
        return inner(parameters)

    return action

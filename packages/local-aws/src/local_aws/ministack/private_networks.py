"""The callers that are in a VPC, known by their credentials, and what their VPCs let through."""

from __future__ import annotations

import json
import re
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import request_scope

from local_aws.api.errors import AwsError, Response, validation_error
from local_aws.api.service import Scope
from local_aws.clients import Credentials
from local_aws.ec2 import ways
from local_aws.ec2.stores import Record, Stores
from local_aws.ec2.vpc_endpoints import FULL_ACCESS
from local_aws.ec2.ways import NoWayError
from local_aws.front.private_networks import Gates, UnreachableError
from local_aws.front.signatures import SignedRequest
from local_aws.iam.enforcement import Need, session_credentials
from local_aws.iam.sagemaker import SESSION
from local_aws.ministack.ec2 import stores
from local_aws.ministack.endpoint_requests import EndpointRequest, bucket_owner, needs_of
from local_aws.protocols import PrivateNetworks, VpcNetwork

SESSION_KEY = re.compile(rb"<AccessKeyId>(ASIA[A-Z0-9]+)</AccessKeyId>")
OWNER = "local_aws:resourceowner"
"""Among a request's condition keys: the account that owns its resource, which the emulator takes to be the caller's."""
NO_ENDPOINT = "AWS documents no endpoint for MLflow Apps, so that only a route to a NAT gateway leads there."
QUOTING = ("logs", "ssm")
"""Services for which the emulator writes its own message unless an error code is given."""


Looked = TypeVar("Looked")


@dataclass(frozen=True)
class Member:
    """A caller in a VPC."""

    scope: Scope
    role_arn: str
    vpc: VpcNetwork
    log: Callable[[str], object] | None
    told: set[str] = field(default_factory=set)
    """Endpoints that the log has a line about."""

    @property
    def arn(self) -> str:
        """The principal, as policies see it."""
        role = self.role_arn.rpartition("/")[2]
        return f"arn:aws:sts::{self.scope.account}:assumed-role/{role}/{SESSION}"


class MinistackNetworks(PrivateNetworks, Gates):
    """One per server; its look-ups don't block."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._members: dict[str, Member] = {}

    def check(self, scope: Scope, vpc: VpcNetwork) -> None:
        """See `PrivateNetworks.check`. EC2's words; SageMaker's for another VPC are not confirmed."""
        with request_scope(scope.account, scope.region):
            try:
                homes = {name: stores().subnet(name)["VpcId"] for name in vpc.subnets}
                groups = {name: stores().security_group(name)["VpcId"] for name in vpc.groups}
            except AwsError as error:
                raise validation_error(error.message) from error
        first = vpc.subnets[0]
        for name, home in homes.items():
            if home != homes[first]:
                raise validation_error(f"Subnets {first} and {name} belong to different networks.")
        for name, home in groups.items():
            if home != homes[first]:
                raise validation_error(f"Security group {name} and subnet {first} belong to different networks.")

    def join(
        self, scope: Scope, role_arn: str | None, vpc: VpcNetwork, log: Callable[[str], object] | None = None
    ) -> Credentials:
        """See `PrivateNetworks.join`."""
        from local_aws.ministack.enforcement import register  # here, because it loads IAM's services

        role = role_arn or f"arn:aws:iam::{scope.account}:role/any"
        salt = secrets.token_hex(8) if log else str(vpc)
        credentials = session_credentials(self._secret, scope, role, f"{SESSION} {salt}")
        register(scope, role, SESSION, credentials)
        self._members[credentials.access_key] = Member(scope, role, vpc, log)
        return credentials

    def leave(self, access_key: str) -> None:
        """See `PrivateNetworks.leave`. The session itself ends too."""
        from ministack.services import sts

        if self._members.pop(access_key, None):
            sts._sessions.pop(access_key, None)

    def missing(self, scope: Scope, vpc: VpcNetwork, service: str) -> str | None:
        """See `PrivateNetworks.missing`."""
        try:
            self._ways(scope, vpc, scope.region, f"com.amazonaws.{scope.region}.{service}")
        except NoWayError as error:
            return str(error)
        return None

    def leads_out(self, scope: Scope, vpc: VpcNetwork) -> bool:
        """See `PrivateNetworks.leads_out`."""
        return self._look(scope, lambda records: ways.leads_out(records, vpc))

    def holds(self, access_key: str) -> bool:
        """See `Gates.holds`."""
        return access_key in self._members

    def judge(self, access_key: str, request: SignedRequest, body: bytes) -> Response | None:
        """See `Gates.judge`."""
        member, target = self._members[access_key], EndpointRequest.of(request)
        try:
            endpoints = self._ways(member.scope, member.vpc, target.region, target.endpoint)
        except NoWayError as error:
            if member.log and target.endpoint not in member.told:
                member.told.add(target.endpoint)
                why = NO_ENDPOINT if target.is_app else str(error)
                member.log(f"[local AWS] The VPC does not reach {target.endpoint}: {why}")
            raise UnreachableError from error
        with request_scope(member.scope.account, member.scope.region):
            for endpoint in endpoints:
                if refusal := _refusal(member, endpoint, target, body):
                    return refusal
        return None

    def watch(self, access_key: str, request: SignedRequest) -> Callable[[bytes], None] | None:
        """See `Gates.watch`: STS hands out credentials."""
        member = self._members.get(access_key)
        if member is None or EndpointRequest.of(request).service != "sts":
            return None

        def look(body: bytes) -> None:
            for key in SESSION_KEY.findall(body):
                self._members[key.decode()] = member

        return look

    def _ways(self, scope: Scope, vpc: VpcNetwork, region: str, endpoint: str) -> list[Record]:
        """The endpoints to pass. One in another region than the VPC's is reached through NAT only."""
        return self._look(scope, lambda records: ways.ways(records, vpc, region, endpoint))

    def _look(self, scope: Scope, look: Callable[[Stores], Looked]) -> Looked:
        with request_scope(scope.account, scope.region):
            try:
                return look(stores())
            except AwsError as error:  # a subnet or group that is gone
                raise NoWayError(error.message) from error


def _refusal(member: Member, endpoint: Record, target: EndpointRequest, body: bytes) -> Response | None:
    """The refusal by an endpoint's policy, in IAM's words for it ("Troubleshoot access denied error messages")."""
    document = json.loads(endpoint["PolicyDocument"])
    if document == FULL_ACCESS:
        return None
    for need in needs_of(target, member.scope, body):
        decision = iam_evaluator.evaluate_resource_policy(document, _context(member, target, need)).decision
        if decision != "Allow":
            return _denied(member, target, need, explicit=decision == "Deny")
    return None


def _denied(member: Member, target: EndpointRequest, need: Need, *, explicit: bool) -> Response:
    allows = f"because no VPC endpoint policy allows the {need.action} action"
    why = "with an explicit deny in a VPC endpoint policy" if explicit else allows
    message = f"User: {member.arn} is not authorized to perform: {need.action} on resource: {need.resource} {why}"
    words = {"message": message, "error_code": "AccessDeniedException" if target.service in QUOTING else ""}
    identifier = str(uuid.uuid4())
    response: Response = iam_actions.access_denied_response(
        target.service, need.action, member.arn, identifier, headers=target.request.headers, **words
    )
    return response


def _context(member: Member, target: EndpointRequest, need: Need) -> iam_evaluator.EvalContext:
    _know_owners()
    owner = {OWNER: bucket_owner(need.resource, member.scope)} if target.service == "s3" else {}
    return iam_evaluator.EvalContext(
        principal_arn=member.arn,
        principal_type="AssumedRole",
        principal_account=member.scope.account,
        action=need.action,
        resource_arn=need.resource,
        region=target.region,
        service_context={**dict(need.context), **owner},
    )


def _know_owners() -> None:
    """Make the evaluator read aws:ResourceAccount from `OWNER`, where a request has it."""
    inner = iam_evaluator._resolve_condition_key
    if getattr(inner, "knows_owners", False):
        return

    def resolve(key: str, context: iam_evaluator.EvalContext) -> object:
        if key.lower() in ("aws:resourceaccount", "s3:resourceaccount") and OWNER in context.service_context:
            return context.service_context[OWNER]
        return inner(key, context)

    resolve.knows_owners = True  # type: ignore[attr-defined]
    iam_evaluator._resolve_condition_key = resolve

"""The guard of SageMaker's operations: called before each of them, for every caller and every protocol."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from local_aws.api.errors import AwsError, validation_error
from local_aws.api.members import values
from local_aws.api.service import Scope
from local_aws.front.signatures import SignedRequest
from local_aws.iam import model_data, needs
from local_aws.iam.enforcement import Enforcement, Need
from local_aws.iam.service_needs import require_all
from local_aws.sagemaker.request_rules import ROLE_MEMBERS, check_request, structure

SESSION = "SageMaker"


class Guard:
    """Raises `AwsError` where AWS would."""

    def __init__(
        self,
        enforcement: Enforcement,
        vpc_of: Callable[[str], str | None],
        describe: Callable[[Scope, str, str], Mapping[str, Any]],
        tags_of: Callable[[Scope, str], Mapping[str, str]],
    ) -> None:
        self.enforcement = enforcement
        self._vpc_of, self._describe, self._tags_of = vpc_of, describe, tags_of

    def __call__(self, scope: Scope, operation: str, request: Mapping[str, Any]) -> None:
        """Check the caller, then what no caller may send, then the roles that the request passes."""
        request = structure(operation, request)
        wanted = needs.of_the_caller(scope, operation, request)
        require_all(self.enforcement, scope, (self._with_tags(scope, need) for need in wanted))
        check_request(scope, operation, request)
        for role in sorted(set(values(request, *ROLE_MEMBERS))):
            if not self.enforcement.trusts(scope, role, needs.SAGEMAKER):
                raise validation_error(
                    f"Could not assume role {role}. Please ensure that the role exists and allows principal "
                    f"'{needs.SAGEMAKER}' to assume the role."
                )
        request = model_data.with_packages(scope, operation, request, self._describe)
        for role, need in needs.of_the_role(scope, operation, request, self._vpc_of):
            self._check_role(scope, role, need)
        for role, need in needs.of_a_models_role(scope, operation, request, self._describe):
            self._check_role(scope, role, need)
        for uri, need in model_data.reading(operation, request):
            executing = request.get("ExecutionRoleArn")
            if executing and self._denial(scope, executing, need):
                raise model_data.refused_artifact(scope, uri, executing)

    def _with_tags(self, scope: Scope, need: Need) -> Need:
        """A permission with the condition keys for the tags of its resource, if that exists.

        The Service Authorization Reference has `aws:ResourceTag` and `sagemaker:ResourceTag` for SageMaker's resources.
        """
        tags = self._tags_of(scope, need.resource).items()
        keys = ((f"{owner}:resourcetag/{key}".lower(), tag) for owner in ("aws", "sagemaker") for key, tag in tags)
        return replace(need, context=(*need.context, *keys))

    def _check_role(self, scope: Scope, role: str, need: Need) -> None:
        if denied := self._denial(scope, role, need):
            raise AwsError("ValidationException", f"Access denied for the execution role. {denied}")

    def _denial(self, scope: Scope, role: str, need: Need) -> str | None:
        session = self.enforcement.credentials(scope, role, SESSION)
        return self.enforcement.decide(scope, session.access_key, need)


INVOCATION = re.compile(r"/endpoints/(?P<name>[^/]+)/(?P<operation>[^/]+)")
INVOCATION_KEYS = {
    "x-amzn-sagemaker-target-model": "sagemaker:targetmodel",
    "x-amzn-sagemaker-target-container-hostname": "sagemaker:targetcontainerhostname",
}
"""The condition keys of InvokeEndpoint, by the header that their value is in."""


def refused_invocation(
    enforcement: Enforcement, scope: Scope, access_key: str, request: SignedRequest
) -> AwsError | None:
    """Why the caller may not send this request of the runtime API, or None.

    Response streams need the permission for InvokeEndpoint (InvokeEndpointWithResponseStream's reference).
    """
    parts = INVOCATION.match(request.path)
    if parts is None:
        return None
    endpoint = scope.arn("sagemaker", f"endpoint/{unquote(parts['name']).lower()}")
    action = "InvokeEndpointAsync" if parts["operation"] == "async-invocations" else "InvokeEndpoint"
    headers = request.headers
    keys = tuple((key, headers[header]) for header, key in INVOCATION_KEYS.items() if header in headers)
    denied = enforcement.decide(scope, access_key, Need(f"sagemaker:{action}", endpoint, keys))
    return AwsError("AccessDeniedException", denied, 403) if denied else None

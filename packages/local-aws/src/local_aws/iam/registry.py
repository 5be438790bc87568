"""The permissions that `docker push` and `docker pull` require from the logged-in principal, by ECR's actions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs

from local_aws.api.service import Scope
from local_aws.ecr.names import RegistryNames
from local_aws.front.browsers import Application
from local_aws.front.signatures import CALLER, REGISTRY
from local_aws.iam.enforcement import Need

LOGIN = ("/v2", "/v2/")
CATALOG = "/v2/_catalog"
PATH = re.compile(r"/v2/(?P<name>.+?)/(?P<part>manifests|blobs/uploads|blobs|tags)/[^/]*")
PULL_LAYER = ("BatchCheckLayerAvailability", "GetDownloadUrlForLayer")
"""The actions required on the other repository to mount its layer."""
ACTIONS = {
    ("GET", "manifests"): "BatchGetImage",
    ("HEAD", "manifests"): "BatchGetImage",
    ("PUT", "manifests"): "PutImage",
    ("DELETE", "manifests"): "BatchDeleteImage",
    ("GET", "blobs"): "GetDownloadUrlForLayer",
    ("HEAD", "blobs"): "BatchCheckLayerAvailability",
    ("DELETE", "blobs"): "BatchDeleteImage",
    ("POST", "blobs/uploads"): "InitiateLayerUpload",
    ("GET", "blobs/uploads"): "UploadLayerPart",
    ("PATCH", "blobs/uploads"): "UploadLayerPart",
    ("PUT", "blobs/uploads"): "CompleteLayerUpload",
    ("GET", "tags"): "ListImages",
}
"""https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html and the pages next to it."""


Decide = Callable[[Scope, str, Need], str | None]
"""Why a caller of a scope may not, or None if it may."""


def deciding_layers(decide: Decide, scope_of: Callable[[str], Scope], home: Scope, inner: Application) -> Application:
    """Wrap ``inner`` so that its registry does only what policies allow. ``home`` has the names without an account."""

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http" and REGISTRY.fullmatch(scope["path"]) and scope["path"] not in LOGIN:
            where = scope_of(scope[CALLER])
            needs = list(_needs(home, scope)) or [Need("ecr:*", home.arn("ecr", "repository/*"))]
            denials = (decide(where, scope[CALLER], need) for need in needs)
            if denied := next(filter(None, denials), None):
                await _deny(send, denied)
                return
        await inner(scope, receive, send)

    return application


def _needs(home: Scope, scope: dict[str, Any]) -> Iterator[Need]:
    """The permissions that a request requires; none if ECR does not know it."""
    names = RegistryNames(home.account)

    def arn(name: str) -> str:
        account, repository = names.parts(name)
        return Scope(account, home.region).arn("ecr", f"repository/{repository}")

    if scope["path"] == CATALOG:
        yield Need("ecr:DescribeRepositories", arn("*"))
        return
    path = PATH.fullmatch(scope["path"])
    action = ACTIONS.get((scope["method"], path["part"])) if path else None
    if path and action:
        yield Need(f"ecr:{action}", arn(path["name"]))
        for source in parse_qs(scope["query_string"].decode("utf-8", "replace")).get("from", ()):
            yield from (Need(f"ecr:{name}", arn(source)) for name in PULL_LAYER)


async def _deny(send: Any, message: str) -> None:
    body = json.dumps({"errors": [{"code": "DENIED", "message": message}]}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})

"""What `docker push` and `docker pull` take of the principal that logged in, by ECR's actions."""

from __future__ import annotations

import json
import re
from typing import Any

from local_aws.api.service import Scope
from local_aws.browsers import Application
from local_aws.iam.enforcement import Enforcement, Need
from local_aws.signatures import CALLER

PATH = re.compile(r"/v2/(?P<name>.+)/(?P<part>manifests|blobs/uploads|blobs|tags)/[^/]*")
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
"""https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html and its neighbours."""


def deciding_layers(enforcement: Enforcement, scope_of: Any, inner: Application) -> Application:
    """The application ``inner``, whose registry does only what the caller's policies allow."""

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        path = PATH.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if path:
            action = ACTIONS.get((scope["method"], path["part"]))
            where: Scope = scope_of(scope[CALLER])
            need = Need(f"ecr:{action}", where.arn("ecr", f"repository/{path['name']}"))
            denied = enforcement.decide(where, scope[CALLER], need) if action else "ECR has no such operation."
            if denied:
                body = json.dumps({"errors": [{"code": "DENIED", "message": denied}]}).encode()
                headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
                await send({"type": "http.response.start", "status": 403, "headers": headers})
                await send({"type": "http.response.body", "body": body})
                return
        await inner(scope, receive, send)

    return application

"""The passwords of `docker login`, as GetAuthorizationToken returns them: principal, expiry, and a proof.

As on AWS, a password belongs to the principal that requested it, and expires after 12 hours.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time

USER = "AWS"
SECONDS = 12 * 3600


def issue(secret: str, access_key: str) -> str:
    """A password for the principal with this access key. ``secret`` is the server's."""
    claim = f"{access_key}.{int(time.time()) + SECONDS}"
    return f"{claim}.{_proof(secret, claim)}"


def principal(secret: str, authorization: str) -> str | None:
    """The access key in an ``Authorization: Basic`` header with a valid password, or None."""
    try:
        login = base64.b64decode(authorization.removeprefix("Basic "), validate=True).decode()
    except ValueError:  # not base64, not UTF-8, or not ASCII
        return None
    user, _, password = login.partition(":")
    claim, _, proof = password.rpartition(".")
    access_key, _, expires = claim.rpartition(".")
    if user != USER or not hmac.compare_digest(proof.encode(), _proof(secret, claim).encode()):
        return None
    return access_key if time.time() < float(expires) else None


def _proof(secret: str, claim: str) -> str:
    return hmac.new(secret.encode(), f"registry {claim}".encode(), hashlib.sha256).hexdigest()

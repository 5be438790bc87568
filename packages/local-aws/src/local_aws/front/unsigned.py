"""The one operation of AWS that is answered without a signature: AssumeRoleWithSAML, whose assertion is signed.

Note: such a request is handed on with nothing that could name another service or operation: one Action, the
operation's own parameters, and the headers of a form for no host but this one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

OPERATION = "AssumeRoleWithSAML"
PARAMETERS = frozenset({"Action", "Version", "RoleArn", "PrincipalArn", "SAMLAssertion", "DurationSeconds"})
"""The parameters of the operation, and of every request of STS's protocol."""
POLICIES = ("Policy", "PolicyArns.member.")
"""Parameters with a session's policies, or the beginnings of their names."""
FORM = "application/x-www-form-urlencoded"
Headers = list[tuple[bytes, bytes]]


def may_be_unsigned(scope: Mapping[str, Any]) -> bool:
    """Whether a request, as ASGI has it, can be the operation, as far as all but its body says."""
    by_name = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    form = by_name.get(b"content-type", "").startswith(FORM) and b"authorization" not in by_name
    return form and (scope["method"], scope["path"], scope["query_string"]) == ("POST", "/", b"")


def is_unsigned_operation(body: bytes) -> bool:
    """Whether a form is a request for the operation, with no parameter but the operation's own."""
    try:
        parameters = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=100)
    except ValueError:  # no text, or too many parameters
        return False
    return parameters.get("Action") == [OPERATION] and all(
        len(values) == 1 and (name in PARAMETERS or name == POLICIES[0] or name.startswith(POLICIES[1]))
        for name, values in parameters.items()
    )


def headers_of_unsigned(body: bytes) -> Headers:
    """The headers with which the request is handed on."""
    return [
        (b"host", b"127.0.0.1"),
        (b"content-type", FORM.encode()),
        (b"content-length", str(len(body)).encode()),
    ]

"""What a client's call is refused with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


def refused(call: Callable[..., Any], **request: Any) -> str:
    """The code and the message of a call that must be refused, as `Code: message`."""
    with pytest.raises(ClientError) as refusal:
        call(**request)
    error = refusal.value.response["Error"]
    return f"{error['Code']}: {error['Message']}"

"""KMS keys for the volumes of instances."""

from __future__ import annotations

import re

from launchpad.requests.context import Environment, Request

LOCAL_STORAGE = re.compile(
    r"^ml\.([cmr][5-9][a-z]*d[a-z]*|dl1|g4dn|g[5-9]e?|gr6|i[2-9][a-z]*|p3dn|p4de?|p5e?n?|p6[a-z0-9-]*|trn[12]n?)\."
)
"""Instance families whose storage is local NVMe, encrypted by the hardware. AWS refuses a volume key for them."""


def volume_key(parameter: str, instance_type: str, environment: Environment) -> Request:
    """`{parameter: key}` if the instance has an EBS volume that takes a customer managed key, else empty."""
    return {} if LOCAL_STORAGE.match(instance_type) else {parameter: environment.kms_key_arn}

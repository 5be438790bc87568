"""SQS: attributes of queues are texts, of which ministack reads numbers as Python does (1_0 as 10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.api.numbers import INTEGER


def extend_queues() -> None:
    """Let CreateQueue and SetQueueAttributes refuse what AWS does not read as a number."""
    from ministack.services import sqs

    inner = sqs._validate_numeric_attrs

    def checked(attributes: Mapping[str, Any]) -> None:
        for name in sqs._NUMERIC_ATTR_RANGES.keys() & attributes.keys():
            if not INTEGER.fullmatch(str(attributes[name])):
                raise sqs._Err("InvalidAttributeValue", f"Invalid value for the parameter {name}.", 400)
        inner(attributes)

    sqs._validate_numeric_attrs = checked

"""The arguments of a Step Functions task: members in PascalCase on every level, even where the API has camelCase."""

from __future__ import annotations

from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape


def state_arguments(shape: Shape, value: Any) -> Any:
    """Return a request of the API as the arguments of a service integration; keys of maps are data, and stay.

    Source: "Integrating services with Step Functions" (developer guide).
    """
    if isinstance(shape, StructureShape):
        return {
            f"{name[0].upper()}{name[1:]}": state_arguments(shape.members[name], item) for name, item in value.items()
        }
    if isinstance(shape, ListShape):
        return [state_arguments(shape.member, item) for item in value]
    if isinstance(shape, MapShape):
        return {key: state_arguments(shape.value, item) for key, item in value.items()}
    return value

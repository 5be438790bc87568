"""Where AWS's images start nginx and gunicorn."""

from __future__ import annotations


def start(module_app: str) -> None:
    """Raise `NotImplementedError`: the runtime's own model server is running."""
    raise NotImplementedError(f"{module_app} can't be started here: the model server is running already")


def next_safe_port(port_range: str, after: str | None = None) -> str:
    """The first port of a range such as 16000-16999, or the one after another. Raises `ValueError` at its end."""
    first, last = (int(port) for port in port_range.split("-"))
    port = int(after) + 1 if after else first
    if not first <= port <= last:
        raise ValueError(f"{port} is outside of the acceptable port range for SageMaker: {port_range}")
    return str(port)

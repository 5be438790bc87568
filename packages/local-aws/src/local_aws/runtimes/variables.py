"""The environment variables of a program: SageMaker's, the image's, and those that this machine needs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from local_aws.runtimes.scratch import ENVIRONMENT
from local_aws.runtimes.surroundings import to_plain

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
NETWORK_SETTINGS = ("PIP_", "UV_", "SSL_CERT_", "REQUESTS_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
"""Prefixes of the server's variables that a program needs in order to reach the network from this machine."""
CACHES = ("PIP_CACHE_DIR", "UV_CACHE_DIR")
"""Exceptions: each program has its own caches, in its HOME, as in a container. A package that one program puts into a
cache, another would run, because pip does not check the hash of a wheel that it has built before."""


def program_variables(
    own_variables: Mapping[str, str],
    root: Path,
    scratch: Path,
    *,
    namespaces: bool,
    network: bool,
    programs: Path | None = None,
) -> dict[str, str]:
    """All variables of a program; of the server's it gets only `NETWORK_SETTINGS`, and those only with
    ``network``, a way to the internet.

    ``programs`` is a folder that comes first on PATH.

    HOME is an empty folder, so that it has no credentials of the user of this machine.
    """
    variables = {"AWS_EC2_METADATA_DISABLED": "true", "PYTHONUNBUFFERED": "1", **own_variables}
    if network:
        variables = {**network_settings(), **variables}
    if not namespaces:
        variables = {name: to_plain(value, root) for name, value in variables.items()}
        # By default the toolkit waits 15 minutes for names such as algo-1 to resolve.
        variables |= {"SAGEMAKER_BASE_DIR": str(root), "SM_STUDIO_LOCAL_MODE": "true"}
    return variables | {
        "HOME": str(scratch / "home"),
        "PATH": ":".join([*([str(programs)] if programs else []), str(scratch / ENVIRONMENT / "bin"), SYSTEM_PATH]),
        "TMPDIR": str(scratch / "tmp"),
        "VIRTUAL_ENV": str(scratch / ENVIRONMENT),
    }


def network_settings() -> dict[str, str]:
    """The server's variables that a program needs in order to reach the network."""
    settings = {
        name: value
        for name, value in os.environ.items()
        if name.upper().startswith(NETWORK_SETTINGS) and name not in CACHES
    }
    if any(name.upper().endswith("_PROXY") for name in settings):
        # The local AWS is never behind a proxy.
        exceptions = settings.get("NO_PROXY") or settings.get("no_proxy")
        settings["NO_PROXY"] = settings["no_proxy"] = ",".join(filter(None, [exceptions, "127.0.0.1", "localhost"]))
    return settings

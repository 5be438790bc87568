"""Removes a server's containers when the server has ended: `python -I guard.py ENGINE LABEL=VALUE [REGISTRY]`.

It reads standard input until the server's end of the pipe closes, which happens on SIGKILL too. It looks again to find
containers that are being created at that moment. Names of images in the server's registry, which is gone by then, are
removed too; the images stay as long as they have other names.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time

import docker

LOOKS = 3
PAUSE_SECONDS = 0.5


def main(address: str, label: str, registry: str) -> None:
    """Wait for the server's end, then clean up after it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while os.read(0, 4096):
        pass
    client = docker.DockerClient(base_url=address, version="auto")
    for look in range(LOOKS):
        time.sleep(PAUSE_SECONDS if look else 0)
        for container in client.api.containers(all=True, filters={"label": label}):
            with contextlib.suppress(docker.errors.APIError):  # it is gone already
                client.api.remove_container(container["Id"], v=True, force=True)
    names = [f"{registry}/*/*/*", f"{registry}/*/*/*/*"]  # those of other accounts are below the account's number
    for image in client.api.images(filters={"reference": names}) if registry else ():
        for name in image["RepoTags"]:
            with contextlib.suppress(docker.errors.APIError):
                client.api.remove_image(name, noprune=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *(sys.argv[3:] or [""]))

"""The base images of the folders under `containers/`: `python -m launchpad.images.base_images ENVIRONMENT`.

One per line, without duplicates: a machine without an image registry needs stand-ins for them (`make base-images`).
"""

from __future__ import annotations

import sys

from launchpad.images.containers import load_containers
from launchpad.messages.errors import LaunchpadError
from launchpad.settings import load_environment


def base_images(environment: str) -> list[str]:
    """The base images of all containers, in the environment's region.

    Raises:
        LaunchpadError: the environment doesn't exist, or a container's base image can't be determined.
    """
    region = load_environment(environment).region
    return sorted({container.base_image(region) for container in load_containers().values()})


if __name__ == "__main__":
    try:
        sys.stdout.write("".join(f"{name}\n" for name in base_images(*sys.argv[1:])))
    except LaunchpadError as error:
        sys.exit(str(error))

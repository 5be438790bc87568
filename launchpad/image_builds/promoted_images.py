"""Takes images over from the environment before this one, in place of building them: the same bytes run in both.

An image's tag is a hash of what it is built from, so an image of the same tag is the same build. Built twice, it may
still have other bytes, because its base or its packages have changed in between.
"""

from __future__ import annotations

import urllib.error
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from launchpad.image_builds.assembly_images import AssemblyImage
from launchpad.image_builds.pushed_images import media_types
from launchpad.image_builds.registry_copies import Repository, copy_image
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection

if TYPE_CHECKING:
    from launchpad.promotions.promotion import Clients
    from launchpad.settings import EnvironmentSettings


def missing_promoted(connection: Connection, images: Sequence[AssemblyImage]) -> list[AssemblyImage]:
    """The images that this environment lacks, if another one promotes to it."""
    from launchpad.settings.promotion import neighbours

    if not images or not neighbours(connection.settings).sources:
        return []
    existing = media_types(connection.client("ecr"), images)
    return [image for image in images if image not in existing]


def take_over(connection: Connection, images: Sequence[AssemblyImage], say: Callable[[str], object]) -> list[str]:
    """Copy those of the images that an environment before this one has; return a line about each.

    An environment whose config doesn't build a container has no repository for it, and is not asked: between accounts,
    the answer would look like a missing permission. Waits a minute where AWS denies a copy, because the role's policy
    may have just changed, and reports that to `say`.

    Raises:
        LaunchpadError: the promotion role can't be assumed, or a registry refused a request.
    """
    from launchpad.catalogue.chosen_containers import built_containers
    from launchpad.promotions.denials import once_allowed
    from launchpad.promotions.promotion import require_promotion_role
    from launchpad.settings.promotion import neighbours

    if not images:
        return []
    clients = once_allowed(partial(require_promotion_role, connection), say)
    sources = [(source, built_containers(source)) for source in neighbours(connection.settings).sources]
    copied = []
    for image in images:
        for source, built in sources:
            if built is not None and image.container not in built:
                continue
            if digest := once_allowed(partial(_copied, clients, image, source), say):
                copied.append(f"image {image.container} is copied from {source.name}: {digest}")
                break
    return copied


def _copied(clients: Clients, image: AssemblyImage, source: EnvironmentSettings) -> str | None:
    """Copy one image and return its digest; None if the source doesn't have it."""
    from launchpad.images.containers import repository_name
    from launchpad.promotions.denials import DeniedError

    (login,) = _logins(clients)
    account = clients.connection.account
    own = Repository(login["proxyEndpoint"], image.repository, f"Basic {login['authorizationToken']}")
    other = replace(own, name=repository_name(source.name, image.container))
    if account and source.account:
        own, other = _in_account(own, account, account), _in_account(other, account, source.account)
    try:
        return copy_image(other, own, image.tag)
    except urllib.error.HTTPError as error:
        if error.code == 404 and other.name in (error.url or ""):
            return None
        words = error.read().decode("utf-8", "replace")[:300]
        denied = error.code == 403
        remedy = f"; `launchpad deploy --env {source.name}` lets this environment in" if denied else ""
        kind = DeniedError if denied else LaunchpadError
        raise kind(f"{image} can't be copied from {other.name}: {error.code} {words}{remedy}") from error
    except urllib.error.URLError as error:
        raise LaunchpadError(f"{image} can't be copied from {other.name}: {error.reason}") from error


def _in_account(repository: Repository, caller: str, account: str) -> Repository:
    """The repository in an account: AWS's registries have it in the host name, the local AWS's in the repository's."""
    if caller in repository.registry:
        return replace(repository, registry=repository.registry.replace(caller, account))
    return replace(repository, name=f"{account}/{repository.name}")


def _logins(clients: Clients) -> Sequence[Mapping[str, str]]:
    from botocore.exceptions import ClientError

    from launchpad.promotions.denials import DeniedError, is_denied

    try:
        response = clients.client("ecr").get_authorization_token()
    except ClientError as error:
        if is_denied(error):
            raise DeniedError(f"the promotion role can't log in to Amazon ECR: {error}") from error
        raise
    return list(response["authorizationData"])

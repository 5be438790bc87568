"""What is wrong with an answer to `launchpad new-project`: a complaint with the remedy, or None."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

FILE = "file://"
_ACCOUNT = re.compile(r"\d{12}")
_ADDRESS = re.compile(r"(?:(?:https?|ssh|git)://\S+/\S+|[\w.-]+@[\w.-]+:\S+|file:///\S+)", re.ASCII)
"""What git takes as a repository's address, but for a path of this machine (git-clone, "GIT URLS")."""


def environments_complaint(names: Sequence[str]) -> str | None:
    """About the names of environments."""
    from launchpad.settings.environment import NAME

    for name in names:
        if not re.fullmatch(NAME, name) or name == "local":
            return f"{name!r}: use 2 to 10 lower-case letters and digits, and not `local`, which every project has"
    twice = next((name for name in names if names.count(name) > 1), None)
    return f"{twice!r} is named twice: give each environment once, with its account" if twice else None


def account_complaint(account: str) -> str | None:
    """About the number of an account. The words have no number: it could be that of another environment."""
    return None if _ACCOUNT.fullmatch(account) else f"{account!r} is no account: write all of its 12 digits"


def repository_complaint(repository: str) -> str | None:
    """About a repository of GitHub, as its configs will have it."""
    from pydantic import ValidationError

    from launchpad.settings.github import GithubSettings

    try:
        GithubSettings(repository=repository)
    except ValidationError:
        return f"{repository!r} is no repository: write OWNER/NAME as GitHub spells it"
    return None


def address_complaint(source: str) -> str | None:
    """About the address of the platform, which the project has in `.gitmodules` for all who fetch it."""
    try:
        address = urlsplit(source)
    except ValueError:  # brackets that are no IPv6 address
        return _no_address(source)
    if address.scheme and (address.password is not None or (address.username and "ssh" not in address.scheme)):
        # The user of SSH, such as `git@`, is no secret.
        without = address._replace(netloc=address.netloc.rpartition("@")[2]).geturl()
        return f"it has credentials, which would be committed with the project in .gitmodules: write {without}"
    if _ADDRESS.fullmatch(source):
        return None
    if Path(source).exists():
        here = Path(source).absolute().as_uri()
        return f"{source} is a folder of this machine, which nobody else can fetch; to try it out, write {here}"
    return _no_address(source)


def _no_address(source: str) -> str:
    name = source.rpartition("@")[2]  # without what could be a password
    return f"{name!r} is no address that git can fetch from everywhere: write one such as https://github.com/OWNER/NAME.git"

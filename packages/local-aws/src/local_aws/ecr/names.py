"""What Docker's clients call a repository here, where one address has the registries of all accounts.

On AWS, each account's registry has its own host name. Here the server's account has the names as they are, and each
other account has them below its number: `127.0.0.1:4566/222222222222/team/model`. So has a repository of the server's
account whose own name begins like that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_BELOW_ACCOUNT = re.compile(r"(\d{12})/(.+)")


@dataclass(frozen=True)
class RegistryNames:
    """Names in the registries of a server. ``home`` is the account whose names have no number before them."""

    home: str

    def parts(self, name: str) -> tuple[str, str]:
        """The account of a repository, and its name there.

        >>> RegistryNames("111111111111").parts("222222222222/team/model")
        ('222222222222', 'team/model')
        """
        below = _BELOW_ACCOUNT.fullmatch(name)
        return (below[1], below[2]) if below else (self.home, name)

    def name(self, account: str, repository: str) -> str:
        """What a client calls the repository of an account.

        >>> RegistryNames("111111111111").name("111111111111", "team/model")
        'team/model'
        """
        is_plain = account == self.home and not _BELOW_ACCOUNT.fullmatch(repository)
        return repository if is_plain else f"{account}/{repository}"

    def shortest(self, name: str) -> str:
        """The one name of several that a repository may be called by."""
        return self.name(*self.parts(name))

"""The last step of an upgrade, by the new version's own code: `python -m launchpad.projects.renew`."""

from __future__ import annotations

import sys

from launchpad import paths
from launchpad.checkouts.git import git
from launchpad.projects.files import own_workflows, renew
from launchpad.projects.upgrade import UNDO
from launchpad.projects.versions import version_in_words


def main() -> None:
    """Write the Makefile and the workflows anew, stage them, and say what is next."""
    left = own_workflows(paths.PROJECT)
    names = renew(paths.PROJECT)
    git(paths.PROJECT, "add", "--all", "--", *names)
    sys.stdout.write(f"the platform is {version_in_words()}\n")
    for name in left:
        sys.stdout.write(f"{name} is your own and was left; to get the platform's, rename yours and upgrade again\n")
    sys.stdout.write(f"next: `make test diff`, then `git commit`. To take it back: `{UNDO}`\n")


if __name__ == "__main__":
    main()

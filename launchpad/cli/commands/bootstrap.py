"""`launchpad bootstrap`: prepare an account and region for the CDK CLI, with the Node.js of `make setup`."""

from __future__ import annotations

import typer

from launchpad import paths
from launchpad.cli.deploying import CdkRun, new_log_file
from launchpad.cli.options import Environment, Yes
from launchpad.cli.progress import LiveLine
from launchpad.cli.terminal import note, say
from launchpad.messages.errors import shown
from launchpad.platform_client.connection import connect
from launchpad.platform_client.platform import BOOTSTRAP_STACK

CONTENT = (
    "a bucket and a repository for what is deployed, a parameter with the version, and five roles that the CDK CLI"
    " assumes; CloudFormation's may do everything in the account (AdministratorAccess)"
)
"""What the stack holds (bootstrap template of the CDK CLI)."""


def bootstrap(env: Environment = "local", yes: Yes = False) -> None:
    """Prepare the environment's account and region for deploys, once.

    Creates or renews the stack CDKToolkit: a bucket, a repository and the roles of the CDK CLI. All environments of an
    account and region share it. It takes an administrator's credentials; the local AWS needs none.

    Example: launchpad bootstrap --env dev
    """
    connection = connect(env)
    account = connection.account or str(connection.client("sts").get_caller_identity()["Account"])
    target = f"account {account}, {connection.settings.region}"
    if not connection.local and not yes:
        note(f"stack {BOOTSTRAP_STACK}: {CONTENT}")
        typer.confirm(f"Create or renew it in {target}?", abort=True)
    with LiveLine(f"Bootstrapping {target}") as line:
        run = CdkRun(connection, paths.BUILD, new_log_file("bootstrap", connection.name), line)
        run.bootstrap(account)
    say(f"{target} is bootstrapped")
    note(f"all that the CDK CLI said: {shown(run.log)}")

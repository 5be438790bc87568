"""Synthesize the platform: one stage per environment in `config/`, or only `-c env=NAME`.

It makes no look-ups and reads neither clock nor credentials, so that one commit always gives the same templates. With
`-c nag=true`, cdk-nag checks them, and an error without an acknowledgement fails the synth. `-c tracking=false` leaves
MLflow out, as the demo does.
"""

from __future__ import annotations

import os
import sys

import aws_cdk as cdk

from launchpad import paths
from launchpad.messages.errors import LaunchpadError
from launchpad.settings import environment_names, load_environment
from stacks.platform import Platform, feature_flags


def main() -> None:
    """Compose the app, and write the cloud assembly where the CDK CLI expects it."""
    app = cdk.App(context=feature_flags())
    name = app.node.try_get_context("env")
    environments = [load_environment(each) for each in ([name] if name else environment_names())]
    if app.node.try_get_context("tracking") == "false":
        environments = [settings.model_copy(update={"tracking": None}) for settings in environments]
    leave_out = os.environ.get(paths.LEAVE_OUT, "").split(",")
    platforms = [(Platform(app, settings, leave_out=leave_out), settings) for settings in environments]
    if app.node.try_get_context("nag"):
        from security.nag import check  # imported lazily: loading cdk-nag takes longer than the synth

        check(app, platforms)
    app.synth()


if __name__ == "__main__":
    try:
        main()
    except LaunchpadError as error:
        sys.exit(str(error))

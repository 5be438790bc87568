"""Synthesizes the platform: one stage per environment in `config/`, or only `-c env=NAME`.

It looks nothing up, and reads neither clock nor credentials, so that one commit always gives the same templates. With
`-c nag=true`, cdk-nag looks at them, and an error without an acknowledgement fails the synth.
"""

from __future__ import annotations

# ruff: noqa: E402 -- the collector is off before there is anything to collect
import gc

gc.disable()  # a synth makes no garbage worth a tenth of its time

import sys

import aws_cdk as cdk

from launchpad.problems import LaunchpadError
from launchpad.settings import environment_names, load_environment
from stacks.platform import Platform, feature_flags


def main() -> None:
    """Compose the app and write the cloud assembly where the CDK CLI wants it."""
    app = cdk.App(context=feature_flags())
    only = app.node.try_get_context("env")
    environments = [load_environment(name) for name in ([only] if only else environment_names())]
    platforms = [(Platform(app, settings), settings) for settings in environments]
    if app.node.try_get_context("nag"):
        from security.nag import check  # here, for it takes longer than the synth

        check(app, platforms)
    app.synth()


if __name__ == "__main__":
    try:
        main()
    except LaunchpadError as error:
        sys.exit(str(error))

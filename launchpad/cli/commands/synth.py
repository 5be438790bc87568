"""`launchpad synth`: write an environment's templates."""

from __future__ import annotations

import os

from launchpad.cli.deploying import synthesize
from launchpad.cli.options import Environment
from launchpad.cli.terminal import note, plural, say
from launchpad.messages.errors import shown


def synth(env: Environment = "local") -> None:
    """Write an environment's templates; needs no AWS.

    Says where they are: CloudFormation templates, in a cloud assembly that the CDK CLI takes.

    Example: launchpad synth --env dev
    """
    folder = synthesize(env, dict(os.environ))
    templates = sorted(folder.rglob("*.template.json"))
    for template in templates:
        say(shown(template))
    note(f"{plural(len(templates), 'template')} of environment {env}")

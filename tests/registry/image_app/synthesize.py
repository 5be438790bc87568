"""The platform's registry and the image of one folder, without the rest: synthesize.py FOLDER-OF-CONTAINERS OUTPUT."""

from __future__ import annotations

import sys
from pathlib import Path

import aws_cdk as cdk

from launchpad.images.containers import load_containers
from launchpad.settings import load_environment
from stacks.platform import feature_flags
from stacks.registry import add_images
from stacks.storage import StorageStack

containers, output = map(Path, sys.argv[1:])
app = cdk.App(context=feature_flags(), outdir=str(output))
settings = load_environment("local")
stage = cdk.Stage(app, settings.name, env=cdk.Environment(account=settings.account, region=settings.region))
add_images(stage, settings, storage=StorageStack(stage, settings).storage, containers=load_containers(containers))
app.synth()

"""`launchpad promote`: propose that another environment serves a model that this one proved."""

from __future__ import annotations

from typing import Annotated

import typer

from launchpad.cli.options import Json, Workload, Yes, environment_names_for_completion
from launchpad.cli.progress import LiveLine
from launchpad.cli.proposing import propose
from launchpad.cli.terminal import emit, size
from launchpad.platform_client.connection import connect


def promote(
    workload: Workload,
    source: Annotated[
        str,
        typer.Option(
            "--from",
            help="The environment that has the model.",
            metavar="ENV",
            autocompletion=environment_names_for_completion,
        ),
    ],
    target: Annotated[
        str,
        typer.Option(
            "--to",
            help="The environment that is to serve it.",
            metavar="ENV",
            autocompletion=environment_names_for_completion,
        ),
    ],
    version: Annotated[
        int | None, typer.Option(help="The version's number; the newest approved one by default.", min=1)
    ] = None,
    in_pull_request: Annotated[
        bool, typer.Option("--pull-request", help="Push a branch with the change, and open a pull request.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the change, and write nothing.")] = False,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Promote a model to the next environment: write its version, artifact and SHA-256 into that one's config.

    Takes an approved version that passed its quality gate; of an environment that serves a promoted model itself, what
    its endpoint serves. Changes only the pin in config/ENV.yaml, with comments and order kept. `launchpad deploy` then
    copies the artifact to the environment's own bucket, and proves that it has these bytes.

    Example: launchpad promote boston-housing --from dev --to staging --pull-request
    """
    from launchpad.catalogue import load_workload
    from launchpad.promotions.candidate import choose
    from launchpad.promotions.facts import facts
    from launchpad.promotions.pin_text import pin_of
    from launchpad.promotions.proposal import Proposal, read_config
    from launchpad.promotions.targets import check_target

    checked = load_workload(workload)
    connection = connect(source)
    check_target(connection.settings, target)
    with LiveLine(f"Reading {workload}") as line:

        def progress(read: int, total: int) -> None:
            line.detail = f"SHA-256 of its files: {size(read)} of {size(total)}"

        candidate = choose(connection, checked, version, progress)
    pin = {"promoted": candidate.pin}
    together = candidate.companions
    parts = {"the preprocessors' artifacts": together.preprocessors, "the monitoring baseline": together.baseline}
    copied = ", ".join(["the artifact", *(words for words, part in parts.items() if part)])
    before = pin_of(read_config(target, in_pull_request=in_pull_request), workload)
    proposal = Proposal(
        environment=target,
        workload=workload,
        pin=pin,
        title=f"Promote version {candidate.number} of {workload} from {source} to {target}",
        branch=f"promote-{workload}-{candidate.number}-to-{target}",
        facts=facts(candidate, checked, before),
        command=f"launchpad promote {workload} --from {source} --to {target} --version {candidate.number}",
        effect=(
            f"After the merge, `launchpad deploy --env {target}` copies {copied} to the model bucket of {target},"
            " proves each SHA-256, and updates the endpoint."
        ),
    )
    content = propose(proposal, in_pull_request=in_pull_request, yes=yes, dry_run=dry_run, json=json)
    if json:
        emit({"version": candidate.number, "source": source, **content})

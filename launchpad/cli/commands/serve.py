"""`launchpad serve`: deploy a trained model to the workload's endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from launchpad import paths
from launchpad.cli.chosen_code import chosen_code
from launchpad.cli.following import follow_endpoint, of, waiting
from launchpad.cli.monitoring import hint_baseline
from launchpad.cli.options import Deployed, Environment, Json, Workload
from launchpad.cli.pinning import refuse_pinned, show_pin_elsewhere
from launchpad.cli.progress import LiveLine
from launchpad.cli.terminal import emit, fields, note
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import endpoints
from launchpad.platform_client.callers import origin_of
from launchpad.platform_client.candidates import Candidate
from launchpad.platform_client.connection import Connection, connect
from launchpad.platform_client.platform import Platform, find_platform
from launchpad.platform_client.rollback import choose
from launchpad.platform_client.serving_keys import Way, single_instance

if TYPE_CHECKING:
    pass

STEPS, SIDE_BY_SIDE = "How the update shifts traffic", "Several models at once"


def serve(
    workload: Workload,
    env: Environment = "local",
    job: Annotated[
        str | None,
        typer.Option(help="The training job whose model to serve; by default the newest, or the best of a tuning."),
    ] = None,
    deployed: Deployed = False,
    canary: Annotated[
        int | None,
        typer.Option(metavar="PERCENT", help="So many of the new instances first, then all.", rich_help_panel=STEPS),
    ] = None,
    linear: Annotated[
        int | None, typer.Option(metavar="PERCENT", help="So many more with each step.", rich_help_panel=STEPS)
    ] = None,
    rolling: Annotated[
        int | None, typer.Option(metavar="PERCENT", help="Replace so many at once.", rich_help_panel=STEPS)
    ] = None,
    all_at_once: Annotated[bool, typer.Option("--all-at-once", help="In one step.", rich_help_panel=STEPS)] = False,
    bake: Annotated[
        int | None,
        typer.Option(metavar="MINUTES", help="Watch the endpoint's alarms after each step.", rich_help_panel=STEPS),
    ] = None,
    variant: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Serve the model next to the current one.", rich_help_panel=SIDE_BY_SIDE),
    ] = None,
    weight: Annotated[
        float | None,
        typer.Option(metavar="SHARE", help="Its share of the requests, such as 0.2.", rich_help_panel=SIDE_BY_SIDE),
    ] = None,
    shadow: Annotated[
        bool,
        typer.Option("--shadow", help="Give it copies; its answers reach no caller.", rich_help_panel=SIDE_BY_SIDE),
    ] = False,
    promote: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Make this variant (or Shadow) the only one.", rich_help_panel=SIDE_BY_SIDE),
    ] = None,
    preprocessor_job: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WORKLOAD=JOB",
            help="The training job of a workload in `serving.preprocessors`; by default what it served last.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Serve: deploy a trained model to the workload's endpoint.

    Waits until it answers, and before that for an endpoint that is just being scaled or updated. An existing endpoint
    is updated without losing a request. A model that fails the
    workload's quality gate is refused. Without --job it takes the newest completed job; the best one if that is part
    of a tuning; the newest evaluated one if workload.yaml has an `evaluate` section; never one that was rolled back.
    An endpoint that was removed as idle, or at closing time, comes back with the model that it served.

    --canary, --linear, --rolling and --all-at-once replace `serving.release` of workload.yaml for this update. After
    each step, --bake minutes pass; when an alarm of the endpoint (5xx answers, latency) goes off, the update is rolled
    back, and the command fails with the reason.

    `--variant challenger --weight 0.2` serves the model next to the current one, with a fifth of the requests;
    `--shadow` gives it copies of them, and no caller its answers. `--promote challenger` (or `--promote Shadow`) ends
    that: the named variant gets all requests, and AllTraffic is the first one's name. Without these options, the model
    replaces all that is served.

    Example: launchpad serve boston-housing --canary 10 --bake 5
    """
    from launchpad.catalogue import load_workload

    checked = load_workload(workload)
    if not checked.serving:
        raise LaunchpadError(f"workloads/{workload}/workload.yaml has no `serving` section; write one to serve it")
    if promote and job:
        raise LaunchpadError("--promote serves the job of the variant, so --job has no effect: leave one out")
    preprocessors = tuple(preprocessor_job or ())
    way = Way(canary, linear, rolling, all_at_once, bake, variant, weight, shadow, promote, preprocessors)
    keys = way.keys(checked)
    connection = connect(env)
    refuse_pinned(connection, workload)
    platform = find_platform(connection)
    chosen = Candidate(job or "") if job or promote else choose(connection, platform, checked)
    if chosen.record and not way.place and not preprocessors:
        answer = _bring_back(connection, platform, workload, chosen)
        _show(connection, answer, chosen, way, json=json)
        hint_baseline(connection, platform, checked, answer["training_job_name"])
        return
    if single_instance(checked, keys):
        note(
            "one instance gets all requests at once; traffic shifts in steps with `serving.instance.count` of 2 or more"
        )
    with chosen_code(connection, platform, checked, "serve", deployed=deployed) as code:
        with LiveLine(f"Endpoint of {workload}") as line:
            line.detail = f"deploying {chosen.job or keys['promote']}"
            answer = endpoints.deploy(connection, platform, workload, chosen.job or None, code, keys, waiting(line))
            follow_endpoint(connection, answer, line)
        _show(connection, answer, chosen, way, json=json)
        hint_baseline(connection, platform, checked, answer["training_job_name"])


def _bring_back(connection: Connection, platform: Platform, workload: str, chosen: Candidate) -> Mapping[str, str]:
    with LiveLine(f"Endpoint of {workload}") as line:
        line.say(f"    {chosen.job} {chosen.reason}")
        origin = origin_of(connection, paths.WORKLOADS / workload)
        answer = endpoints.restore(connection, platform, workload, chosen.record, origin, "serve", waiting(line))
        follow_endpoint(connection, answer, line)
    return answer


def _show(connection: Connection, answer: Mapping[str, str], chosen: Candidate, way: Way, *, json: bool) -> None:
    """Print what is served, and what to do next."""
    job, workload = answer["training_job_name"], answer["workload"]
    places = {
        "variant": f"variant {way.variant}, {(way.weight or 0):.0%} of the requests",
        "shadow": f"the shadow, with copies of {(way.weight or 1):.0%} of the requests",
        "promote": f"the only variant (was {way.promote})",
    }
    fields(
        [
            ("endpoint", f"{answer['endpoint_name']} ({answer['action']})"),
            ("model", answer["model_name"]),
            ("of job", f"{job} ({chosen.reason})" if chosen.reason else job),
            ("serves as", places.get(way.place, "")),
            ("target model", answer.get("target_model", "")),
        ]
    )
    if json:
        emit({**answer, "job": job, "reason": chosen.reason or None})
    if not way.place and not answer.get("target_model"):
        show_pin_elsewhere(connection, workload, endpoints.served_artifact(connection, answer["endpoint_name"]))
    note(f"ask it with `launchpad predict {workload}{of(connection.name)}`")

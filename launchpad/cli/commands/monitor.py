"""`launchpad monitor`: what a served model is asked, compared with what it was trained with."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from launchpad import paths
from launchpad.cli.chosen_code import chosen_code
from launchpad.cli.commands.job import follow_to_end
from launchpad.cli.drift import exit_code, show_report
from launchpad.cli.following import of
from launchpad.cli.monitoring import (
    follow_runs,
    monitored,
    report_json,
    runs_json,
    show_status,
    status_json,
)
from launchpad.cli.options import Deployed, Environment, Json, Workload, new_token
from launchpad.cli.progress import LiveLine
from launchpad.cli.terminal import emit, fields, note, plural, say
from launchpad.messages.errors import LaunchpadError, shown
from launchpad.platform_client.connection import connect
from launchpad.platform_client.monitoring import baselines
from launchpad.platform_client.monitoring.label_files import LabelColumns, check
from launchpad.platform_client.monitoring.label_files import labels as read_labels
from launchpad.platform_client.monitoring.label_uploads import upload
from launchpad.platform_client.monitoring.reports import download, last_with_page, report_of, reports
from launchpad.platform_client.monitoring.runs import start
from launchpad.platform_client.platform import find_platform

if TYPE_CHECKING:
    from launchpad.platform_client.monitoring.reports import Report

FOLDER = paths.BUILD / "monitoring"
MOST_HOURS = 24 * 90


def run(
    workload: Workload,
    env: Environment = "local",
    hours: Annotated[
        int | None, typer.Option(help="Look back so far, not only to the last report.", min=1, max=MOST_HOURS)
    ] = None,
    json: Json = False,
) -> None:
    """Compare what the workload's model was asked with its training data, now, and follow the job.

    It looks at what was captured since the last report. Ends with a table: a column's severity is its distance relative
    to its threshold, so half a bar is the threshold, and more has drifted. Ctrl-C stops following, not the job.

    Exit codes: 0 no drift; 3 drift; 4 the quality is beyond its bound; 5 both; 6 nothing was compared, such as with too
    few requests or while a job is running, which is not the same as no drift; 1 refused or failed; 2 wrong usage.

    Example: launchpad monitor run direct-marketing --hours 24
    """
    monitored(workload)
    connection = connect(env)
    platform = find_platform(connection)
    runs = start(connection, workload, hours)
    results: list[Report] = follow_runs(connection, platform, workload, runs)
    for report in results:
        show_report(report)
    if json:
        emit({"workload": workload, "runs": runs_json(runs, results)})
    if results:
        note(f"see it with `launchpad monitor report {workload}{of(env)} --open`")
    raise typer.Exit(exit_code(results, len(runs) - len(results)))


def status(
    workload: Workload,
    env: Environment = "local",
    limit: Annotated[int, typer.Option("--limit", "-n", help="How many reports.", min=1)] = 10,
    json: Json = False,
) -> None:
    """Show the last reports of a workload, the states of its alarms, and when the next report is due.

    A report that was skipped compared nothing, because of too few requests: it is not the same as no drift.

    Example: launchpad monitor status direct-marketing --env dev
    """
    section = monitored(workload)
    connection = connect(env)
    listed = reports(connection, find_platform(connection), workload, limit)
    if json:
        emit(status_json(connection, workload, section, listed))
        return
    show_status(connection, workload, section, listed)


def report(
    workload: Workload,
    env: Environment = "local",
    job: Annotated[
        str | None, typer.Option(help="That of this monitoring job; else the last one.", metavar="JOB")
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    json: Json = False,
) -> None:
    """Fetch the last report's pages to build/monitoring/JOB, and print where they are.

    The first page has the result, the next ones are evidently's. They open without a network. Next to them is
    result.json, for programs.

    Example: launchpad monitor report direct-marketing --open
    """
    monitored(workload)
    connection = connect(env)
    platform = find_platform(connection)
    chosen = report_of(connection, platform, workload, job) if job else last_with_page(connection, platform, workload)
    if chosen is None:
        raise LaunchpadError(
            f"{workload} has no monitoring report in {env} yet; `launchpad monitor run {workload}{of(env)}` makes one"
        )
    files = download(connection, chosen, FOLDER / chosen.job)
    if json:
        emit({**report_json(chosen), "files": [str(file) for file in files]})
    for file in files:
        say(shown(file))
    if open_page and typer.launch(files[0].as_uri()) != 0:
        note("no browser opened it; open the first file yourself")


def labels(
    workload: Workload,
    file: Annotated[
        Path,
        typer.Argument(help="CSV with a header, in UTF-8.", metavar="FILE", exists=True, dir_okay=False, readable=True),
    ],
    env: Environment = "local",
    id_column: Annotated[
        str, typer.Option("--id-column", help="The column with the ids of requests.", metavar="NAME")
    ] = "inference_id",
    label_column: Annotated[
        str, typer.Option("--label-column", help="The column with the true values.", metavar="NAME")
    ] = "label",
    json: Json = False,
) -> None:
    """Upload what the predictions should have been, so that the next report has the model's quality.

    FILE has a line per prediction: the id that its request had (`launchpad predict --inference-id`), and the true
    value. Of a request with several records, the id of the third one is `ID#2`; that of the first is `ID#0` or `ID`.
    The whole file is checked before anything is uploaded. The same file can be uploaded again: its labels count once.
    Of two different labels of one id, the one that was uploaded later counts.

    Example: launchpad monitor labels direct-marketing outcomes.csv --label-column bought
    """
    section, columns = monitored(workload), LabelColumns(id_column, label_column)
    with LiveLine(f"Labels of {workload}") as line:

        def checked(count: int) -> None:
            line.detail = f"checked {count:,}"

        total = check(file, columns, numbers=section.task == "regression", progress=checked)
        connection = connect(env)

        def sent(count: int) -> None:
            line.detail = f"uploaded {count:,} of {total:,}"

        uploaded = upload(connection, find_platform(connection), workload, read_labels(file, columns), sent)
    if json:
        emit({"workload": workload, **asdict(uploaded)})
    unchanged = f", {uploaded.unchanged} were there already" if uploaded.unchanged else ""
    say(f"{plural(uploaded.labels, 'label')} uploaded{unchanged}")
    if uploaded.labels:
        fields([("folder", uploaded.folder)])
    if section.quality is None:
        note("workload.yaml asks for no `monitoring.quality`, so no report uses them yet")


def baseline(
    workload: Workload,
    env: Environment = "local",
    job: Annotated[
        str | None, typer.Option(help="The training job; else that of the served model, or the newest.", metavar="JOB")
    ] = None,
    deployed: Deployed = False,
    json: Json = False,
) -> None:
    """Make the baseline of a trained model, with which its requests are compared: two jobs, which it follows.

    The first one summarizes the training split, the second one has the model predict a sample of it. The pipeline makes
    a baseline for each model before it registers it; this command does for a model of `launchpad run`.

    Example: launchpad monitor baseline direct-marketing
    """
    from launchpad.catalogue import load_workload

    monitored(workload)
    checked = load_workload(workload)
    connection = connect(env)
    platform = find_platform(connection)
    job = job or baselines.served_model_job(connection, platform, checked)
    with chosen_code(connection, platform, checked, "baseline", deployed=deployed) as code:
        names = {}
        for kind, api, name in baselines.launches(connection, platform, workload, job, new_token(), code):
            say(f"{kind} job {name}: {baselines.STEPS[kind]}", "bold")
            follow_to_end(connection, api, name, f"{kind} of {job}")
            names[kind] = name
    folder = baselines.baseline_folder(platform, workload, job)
    fields([("baseline", folder), ("of job", job)])
    if json:
        emit({"workload": workload, "training_job": job, "jobs": names, "baseline": folder})
    note(f"compare what was asked with it: `launchpad monitor run {workload}{of(env)}`")

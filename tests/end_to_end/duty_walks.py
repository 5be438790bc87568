"""What each duty does in the tests with IAM enforced, and what each is refused: command lines, and no code.

`tests/unit/test_duty_walks.py` counts the rows of the table of commands that are here.
"""

from __future__ import annotations

from launchpad.duties import BY_NAME, COMMANDS, Command, Duty, Need, needs_of
from launchpad.requests.names import LONGEST_TUNING, job_name

NAME, WORKLOAD, QUEUE = "ci", "boston-housing", "boston-housing-async"
SCIENTIST, APPROVER, ON_CALL, AUDITOR = Duty
SLOW = 600
"""A seed with which a training takes so many seconds, so that it can be stopped."""
SECOND, TUNED = f"{NAME}-{WORKLOAD}-second", job_name(NAME, WORKLOAD, "many", LONGEST_TUNING)
Step = dict[Duty, tuple[str, ...]]

WORK: tuple[Step, ...] = (
    {SCIENTIST: (f"data {WORKLOAD}", f"data {QUEUE}")},
    {
        SCIENTIST: (
            *(f"pipeline run {WORKLOAD} --token first", f"run {WORKLOAD} --token second"),
            *(f"run {QUEUE} --token queued", f"job tuning {WORKLOAD} --token many"),
        )
    },
    {
        SCIENTIST: (
            *(f"serve {WORKLOAD} --job {SECOND}", f"serve {QUEUE}"),
            f"job transform {WORKLOAD} --from-job {SECOND}",
        )
    },
    {
        SCIENTIST: (
            *(f"predict {WORKLOAD}", f"runs {WORKLOAD}", f"compare {WORKLOAD}", f"report {SECOND}", "status"),
            *(f"get {SECOND}", f"history {WORKLOAD}", f"logs {SECOND}", f"predict {QUEUE}"),
            *(f"compare {TUNED}", f"report {TUNED}", f"status {TUNED}", f"logs {TUNED}", f"get {TUNED}"),
            "draw s3://MODEL_BUCKET/pictures",
        ),
        APPROVER: (
            *(f"report {SECOND}", f"runs {WORKLOAD}", f"compare {WORKLOAD}", f"report {WORKLOAD}-first"),
            *(f"history {WORKLOAD}", "status", f"approve {WORKLOAD} --version 1 --yes"),
            *(f"compare {TUNED}", f"report {TUNED}"),
        ),
        ON_CALL: (
            *(f"logs {WORKLOAD}", f"history {WORKLOAD}", "status", "idle", "retention", f"runs {WORKLOAD}"),
            *(f"report {SECOND}", f"report {NAME}-{WORKLOAD}", f"report {TUNED}", f"logs {TUNED}"),
        ),
        AUDITOR: (f"history {WORKLOAD}",),
    },
    {
        SCIENTIST: (
            f"run {WORKLOAD} --token third --detach --set hyperparameters.random-state={SLOW}",
            f"pipeline run {WORKLOAD} --token fourth --detach --set hyperparameters.random-state={SLOW}",
            f"promote {WORKLOAD} --from {NAME} --to qa --dry-run",
        )
    },
    {ON_CALL: (f"stop {NAME}-{WORKLOAD}-third --yes", f"pipeline stop {WORKLOAD}", f"stop {NAME}-{QUEUE} --yes")},
    {ON_CALL: (f"rollback {WORKLOAD}",)},
)
"""What each duty does, step by step: a model's way from its data to a rollback."""
MONITORED: tuple[Step, ...] = (
    {SCIENTIST: (f"monitor baseline {WORKLOAD}",)},
    {SCIENTIST: (f"monitor run {WORKLOAD}",)},
    {SCIENTIST: (f"monitor labels {WORKLOAD} LABELS",)},
    {
        SCIENTIST: (f"monitor status {WORKLOAD}", f"monitor report {WORKLOAD}"),
        APPROVER: (f"monitor report {WORKLOAD}",),
        ON_CALL: (f"monitor status {WORKLOAD}", f"monitor report {WORKLOAD}"),
    },
)
"""What `test_monitoring.py` runs in its environment."""
TRACKED: tuple[Step, ...] = ({SCIENTIST: ("mlflow --no-browser",)},)
"""What `test_experiments.py` runs in its environment, which has a real MLflow."""
WALKS = (WORK, MONITORED, TRACKED)
AUDITED = {
    "aws iam get-role, list-role-policies, get-role-policy",
    "aws logs describe-log-streams, get-log-events",
    "aws cloudformation describe-stacks, get-template",
}
"""What the auditor reads with the AWS CLI, which the tests do with its SDK."""
BY_AN_ADMINISTRATOR = ("doctor", "drift", "restore --at 2024-01-01T00:00", "cost --running", "preflight")
"""What only reads; `bootstrap`, `deploy` and `destroy` are run at the beginning and the end."""

ARGUMENTS = {
    **dict.fromkeys(("idle", "retention", "status"), ""),
    "stop": f"{NAME}-{WORKLOAD} --yes",
    "rollback": f"{WORKLOAD} --to {SECOND}",
    "approve": f"{WORKLOAD} --version 1 --reject --yes",
    "get": SECOND,
    "logs": SECOND,
    "report": SECOND,
    "draw": "s3://MODEL_BUCKET/pictures",
    "job": f"transform {WORKLOAD} --from-job {SECOND}",
    "promote": f"{WORKLOAD} --to qa --dry-run --from",
}
"""The arguments of commands before `--env ENV`, where they are not the workload's name."""
ELSEWHERE = {"mlflow", *(name for name in BY_NAME if name.startswith("monitor "))}
"""Commands that are refused in the environment that has what they are about."""
REFUSED_ELSEWHERE: dict[Duty, tuple[str, ...]] = {
    APPROVER: (f"monitor run {WORKLOAD}", f"monitor labels {WORKLOAD} LABELS"),
    ON_CALL: (f"monitor baseline {WORKLOAD}",),
    AUDITOR: (f"monitor status {WORKLOAD}", f"monitor report {WORKLOAD}"),
}
"""What `test_monitoring.py` has refused."""
UNTRACKED: dict[Duty, tuple[str, ...]] = {APPROVER: ("mlflow --no-browser",)}
"""What `test_experiments.py` has refused."""
NEVER_REFUSED = {"history": "every duty has it"}
"""Commands that no duty is refused, with the reason."""
HARMLESS = {(APPROVER, "pipeline stop")}
"""Attempts that end well: the run has ended, which the approver may see, so nothing is stopped."""


def refusable(duty: Duty, command: Command) -> bool:
    """Whether the table leaves out anything that the command needs of what the duty has for other commands."""
    own = [need for each in COMMANDS if duty in each.duties for need in each.needs]
    return bool(_pairs(command.needs) - _pairs(needs_of(own)))


def attempts() -> list[tuple[Duty, Command, str]]:
    """Each duty's attempts at what changes something and is another's; of what reads, one duty's."""
    chosen = []
    for command in COMMANDS:
        if not command.duties or command.name in {*ELSEWHERE, *NEVER_REFUSED, *AUDITED}:
            continue
        others = [
            duty
            for duty in Duty
            if duty not in command.duties and refusable(duty, command) and (duty, command.name) not in HARMLESS
        ]
        line = f"{command.name} {ARGUMENTS.get(command.name, WORKLOAD)}"
        environment = NAME if command.name == "promote" else f"--env {NAME}"
        chosen += [(duty, command, f"{line} {environment}") for duty in (others if command.changes else others[:1])]
    return chosen


def command_of(line: str) -> str:
    """The row of the table that a command line is about."""
    words = line.split()
    two = " ".join(words[:2])
    return two if two in BY_NAME else words[0]


def _pairs(needs: tuple[Need, ...] | list[Need]) -> set[tuple[str, str]]:
    return {(need.resource, action) for need in needs for action in need.actions}

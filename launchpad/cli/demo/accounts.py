"""A model's way over three accounts: trained in dev, proven in staging, served in prod; all on one local AWS.

Each step runs `launchpad` itself, with the credentials of one account, in a checkout with three configs. The checkout
is this one by links: nothing is written to its configs. IAM is enforced, so what one account may read in another is
what `promotes_to` gives it.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rich.text import Text

from launchpad import paths
from launchpad.cli.demo.scratch import new_scratch_folder
from launchpad.cli.programs.local_aws import LocalAws
from launchpad.cli.progress import LiveLine, Steps
from launchpad.cli.terminal import duration, fields, out, say
from launchpad.messages.errors import LaunchpadError, shown
from launchpad.platform_client.local_address import LocalAddress
from launchpad.processes.interrupts import Interrupted
from launchpad.processes.programs import Program, wait_until

WORKLOAD = "boston-housing"
ROW = "0.04,80.0,1.52,0,0.404,7.287,34.1,7.309,2,329,12.6,4.08\n"
ROWS = "rows.csv"
REGION = "eu-west-1"
ACCOUNTS = {"dev": "111111111111", "staging": "222222222222", "prod": "333333333333"}
CONFIGS = {
    "dev": "direct_deploy: true\npromotes_to: [staging]\n",
    "staging": "promotes_to: [prod]\n",
    "prod": "",
}
FOLDER = paths.BUILD / "demo-accounts"
LOG = FOLDER / "commands.log"
FAST = {"LOCAL_AWS_CLOCK": "60", "SFN_WAIT_SCALE": "0.1"}
"""Waiting times of state machines and endpoints, which take minutes on AWS."""
NOT_LINKED = ("config", "build", paths.LOCAL_AWS.name, ".git")
COMMAND_SECONDS = 600.0


@dataclass(frozen=True)
class Command:
    """One `launchpad` command that was started."""

    words: str
    program: Program
    output: Path
    log: Path

    def finish(self, line: LiveLine) -> str:
        """Wait for its end, and return what it printed, which also goes to the log.

        Raises:
            LaunchpadError: it failed; carries its last lines.
        """
        line.detail = " ".join(self.words.split()[:3])
        try:
            wait_until(lambda: self.program.exit_code is not None, COMMAND_SECONDS)
        finally:
            self.program.end()
        text = self.output.read_text("utf-8", "replace")
        with self.log.open("a") as log:
            log.write(f"$ {self.words}\n{text}\n")
        if self.program.exit_code:
            lines = "\n".join(text.strip().splitlines()[-10:])
            raise LaunchpadError(f"`{self.words}` failed:\n{lines}\nall output: {shown(self.log)}")
        return text


@dataclass
class Walk:
    """The state of the walk: what a step leaves for the next ones."""

    scratch: Path
    log: Path = LOG
    """The log of every command, with its output."""
    server: LocalAws | None = None
    address: LocalAddress | None = None
    answers: dict[str, str] = field(default_factory=dict)
    """What the endpoint of each environment predicts for the same row."""

    @property
    def checkout(self) -> Path:
        """The folder with the three configs."""
        return self.scratch / "checkout"

    def start(self, line: LiveLine) -> str:
        """Start the local AWS, and write the configs."""
        line.detail = "on a free port"
        self.server = LocalAws.start(self.scratch / "server", REGION, ACCOUNTS["dev"], {**os.environ, **FAST})
        self._make_checkout()
        self.address = self.server.address()
        return f"{self.address.endpoint_url}, IAM enforced"

    def bootstrap(self, line: LiveLine) -> str:
        """Prepare the three accounts for the CDK CLI, at the same time."""
        commands = [self._start(name, "bootstrap", "--yes", "--env", name) for name in ACCOUNTS]
        for command in commands:
            command.finish(line)
        return ", ".join(f"{name} {account[:4]}…" for name, account in ACCOUNTS.items())

    def deploy(self, line: LiveLine, environment: str) -> str:
        """Deploy the environment."""
        output = self._run(line, environment, "deploy", "--yes")
        return f"account {ACCOUNTS[environment]}, {output.count(f'launchpad-{environment}-')} stacks"

    def train(self, line: LiveLine) -> str:
        """Run the pipeline in dev: it trains, judges, registers and serves."""
        self._run(line, "dev", "data", WORKLOAD)
        output = self._run(line, "dev", "pipeline", "run", WORKLOAD)
        self._ask(line, "dev")
        return _found(r"(r2 [\d.]+)", output)

    def approve(self, line: LiveLine) -> str:
        """Approve what the pipeline registered."""
        return _found(r"(version \d+ of \S+ is approved)", self._run(line, "dev", "approve", WORKLOAD, "--yes"))

    def promote(self, line: LiveLine, source: str, target: str) -> str:
        """Write the pin into the target's config, as a pull request would."""
        self._run(line, source, "promote", WORKLOAD, "--from", source, "--to", target, "--yes", option=False)
        return f"sha256 {self.pinned(target)[:8]}… in {target}.yaml"

    def check_pins(self, environment: str) -> str:
        """Ask whether what the environment pins may be served; return what was printed.

        Raises:
            LaunchpadError: it may not.
        """
        return self._run(LiveLine("pins"), environment, "validate", "--pins", environment, option=False)

    def serve(self, line: LiveLine, environment: str) -> str:
        """Deploy with the pin, which copies the model, and ask the endpoint for the row that dev's was asked for.

        Raises:
            LaunchpadError: it predicts something else than dev's endpoint.
        """
        self.deploy(line, environment)
        self._ask(line, environment)
        if self.answers[environment] != self.answers["dev"]:
            raise LaunchpadError(f"{environment} predicts {self.answers[environment]}, dev {self.answers['dev']}")
        return f"predicts {self.answers[environment]}, as dev does"

    def stop(self, line: LiveLine) -> str:
        """Stop the local AWS, with all that was deployed."""
        assert self.server  # noqa: S101 -- the first step set it
        line.detail = "stopping the local AWS"
        self.server.stop()
        return "nothing is left"

    def keep_files(self, folder: Path) -> None:
        """Copy the files that the commands name: configs, texts of pull requests, what the CDK CLI said."""
        shutil.copytree(self.checkout / "config", folder / "config")
        build = self.checkout / "build"
        for file in (*build.glob("*.md"), *(build / "logs").glob("*.log")):
            target = folder / file.relative_to(self.checkout)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)

    def pinned(self, environment: str) -> str:
        """The digest of the model that an environment's config pins."""
        text = (self.checkout / "config" / f"{environment}.yaml").read_text("utf-8")
        return _found(r"sha256: (\w+)", text)

    def _ask(self, line: LiveLine, environment: str) -> None:
        (self.checkout / ROWS).write_text(ROW, "utf-8")
        output = self._run(line, environment, "predict", WORKLOAD, "--data", ROWS)
        self.answers[environment] = _found(r"(?m)^\[(-?[\d.]+)\]$", output)

    def _run(self, line: LiveLine, environment: str, *arguments: str, option: bool = True) -> str:
        """Run one command as an administrator of the environment's account; return what it printed.

        Raises:
            LaunchpadError: it failed; carries its last lines.
        """
        return self._start(environment, *arguments, *(["--env", environment] if option else [])).finish(line)

    def _start(self, environment: str, *arguments: str) -> Command:
        output = self.scratch / f"{environment}.log"
        launchpad: list[str | Path] = [paths.ROOT / ".venv" / "bin" / "launchpad", *arguments]
        with output.open("w") as file:
            program = Program.start(launchpad, self.variables(environment), folder=self.checkout, output=file)
        return Command(f"launchpad {' '.join(arguments)}", program, output, self.log)

    def variables(self, environment: str) -> Mapping[str, str]:
        """The environment variables of an administrator of one account."""
        assert self.address  # noqa: S101 -- the first step set it
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LAUNCHPAD_"))},
            "LAUNCHPAD_ROOT": str(self.checkout),
            "AWS_ENDPOINT_URL": self.address.endpoint_url,
            "AWS_ACCESS_KEY_ID": ACCOUNTS[environment],
            "AWS_SECRET_ACCESS_KEY": self.address.secret,
            "AWS_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            "COLUMNS": "200",
        }

    def _make_checkout(self) -> None:
        (self.checkout / "config").mkdir(parents=True)
        for entry in paths.ROOT.iterdir():
            if entry.name not in NOT_LINKED:
                (self.checkout / entry.name).symlink_to(entry)
        (self.checkout / paths.LOCAL_AWS.name).mkdir()
        (paths.LOCAL_AWS / "cache").mkdir(parents=True, exist_ok=True)
        (self.checkout / paths.LOCAL_AWS.name / "cache").symlink_to(paths.LOCAL_AWS / "cache")
        for name, keys in CONFIGS.items():
            text = f'name: {name}\nregion: {REGION}\naccount: "{ACCOUNTS[name]}"\nworkloads: [{WORKLOAD}]\n{keys}'
            (self.checkout / "config" / f"{name}.yaml").write_text(text, "utf-8")


def run_accounts_demo() -> None:
    """Run every step and say what was proven; however it ends, nothing is left running.

    Raises:
        LaunchpadError: a step failed; `build/demo-accounts/commands.log` has every command and its output.
        Interrupted: the user ended it.
    """
    out.print(
        Text.assemble(("SageMaker Launchpad", "bold cyan"), ("  one model, three accounts, on this machine\n", "dim"))
    )
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    LOG.write_text(f"Paths are below {shown(FOLDER)}, which has copies of the walk's files.\n\n", "utf-8")
    walk = Walk(new_scratch_folder("demo-accounts"))
    try:
        seconds = _all_steps(walk)
    except Interrupted as signal:
        raise Interrupted(signal.number, "interrupted; the demo's local AWS, and all that ran on it, is gone") from None
    finally:
        if walk.server:
            walk.server.stop()
        if walk.checkout.exists():
            walk.keep_files(FOLDER)
        shutil.rmtree(walk.scratch, ignore_errors=True)
    _say_what_was_proven(walk, seconds)


def _all_steps(walk: Walk) -> float:
    work: dict[str, Callable[[LiveLine], str]] = {
        "Start the local AWS": walk.start,
        "Prepare three accounts for the CDK CLI": walk.bootstrap,
        "Deploy dev": lambda line: walk.deploy(line, "dev"),
        "Train, register and serve in dev": walk.train,
        "Approve the version": walk.approve,
        "Promote it from dev to staging": lambda line: walk.promote(line, "dev", "staging"),
        "Deploy staging, which copies the model": lambda line: walk.serve(line, "staging"),
        "Promote it from staging to prod": lambda line: walk.promote(line, "staging", "prod"),
        "Deploy prod, which copies it from staging": lambda line: walk.serve(line, "prod"),
        "Stop the local AWS": walk.stop,
    }
    steps = Steps(len(work), max(map(len, work)))
    for title, do in work.items():
        with steps.step(title, title) as line:
            line.result = do(line)
    return sum(steps.seconds.values())


def _say_what_was_proven(walk: Walk, seconds: float) -> None:
    say(f"\nDone in {duration(seconds)}. Nothing is left running.", "bold")
    fields(
        [
            ("every prediction", ", ".join(f"{name} {answer}" for name, answer in walk.answers.items())),
            ("every command", shown(LOG)),
            ("your accounts", "docs/accounts.md"),
        ]
    )


def _found(pattern: str, text: str) -> str:
    """The part of a command's output that a step shows.

    Raises:
        LaunchpadError: the command printed no such thing.
    """
    match = re.search(pattern, text)
    if match is None:
        raise LaunchpadError(f"no {pattern!r} in what was printed: {text.strip()[-500:]}; all output: {shown(LOG)}")
    return match[1]

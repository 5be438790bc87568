"""The command line of the local AWS: takes a port, runs in the foreground, shows clients how to connect.

The socket is bound before anything else loads, so that a taken port is reported at once and `--port 0` is known early.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import socket
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from local_aws.api.numbers import is_digits
from local_aws.clock import Clock
from local_aws.files.state_file import StateFile, StateVersionError
from local_aws.process.state_folder import (
    StateInUseError,
    StateRefusedError,
    lock_state,
    prepare_state,
    refuse_foreign,
    refuse_kept,
)
from local_aws.settings import HOST, Settings, cores, secret_of, types_without_capacity

TAKEN = 2
"""Exit code if the port or the state folder is unavailable, and, as in argparse, for any other wrong argument."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the local AWS until SIGINT or SIGTERM; the exit code is 0 after a clean stop."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        clock, no_capacity = Clock.of(os.environ), types_without_capacity(os.environ)
    except ValueError as error:
        parser.error(str(error))
    try:
        listener = _listen(options.port)
    except OSError as error:
        reason = f"local_aws: port {options.port} of {HOST} can't be used ({error.strerror})."
        sys.stderr.write(f"{reason} Stop what listens there, or choose another: --port 0 takes a free one.\n")
        return TAKEN
    from local_aws.server import serve  # after the port: this import takes most of the start

    try:
        state = _state_folder(options.state)
        lock_state(state)
        prepare_state(state, fresh=options.fresh)
        if options.per_run:
            refuse_kept(state)
        file = StateFile.open(state) if options.state and not options.per_run else None
        settings = replace(_settings(options, clock, listener, state), no_capacity=no_capacity)
    except (StateInUseError, StateRefusedError, StateVersionError) as error:
        sys.stderr.write(f"local_aws: {error}\n")
        return TAKEN
    except OSError as error:
        reason = f"local_aws: --state {options.state}: {error.strerror}."
        sys.stderr.write(f"{reason} Name a folder that can be made and written to.\n")
        return TAKEN
    return serve(settings, listener, options.ready_file, file)


def announce(settings: Settings) -> str:
    """The shell commands that make AWS clients use this server."""
    variables = settings.shell_environment().items()
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables)


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(512)
    except OSError:
        listener.close()
        raise
    return listener


def _state_folder(requested: Path | None) -> Path:
    """The state folder, readable by this user only, even if it existed before."""
    state = Path(requested or tempfile.mkdtemp(prefix="local-aws-")).resolve()
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    refuse_foreign(state)
    state.chmod(0o700)  # fails if it belongs to another user
    return state


def _settings(options: argparse.Namespace, clock: Clock, listener: socket.socket, state: Path) -> Settings:
    return Settings(
        port=listener.getsockname()[1],
        region=options.region,
        account=options.account,
        cache=options.cache.expanduser().resolve(),
        state=state,
        secret=secret_of(state),
        keep_state=options.state is not None,
        runtime=options.runtime,
        parallel_jobs=options.parallel_jobs,
        stop_grace_seconds=options.stop_grace,
        verbose=options.verbose,
        images=tuple(folder.resolve() for folder in options.images),
        iam=options.iam,
        instance_limits=options.instance_limits,
        interrupt_spot_seconds=options.interrupt_spot,
        clock_speed=clock.speed,
    )


def _default_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "sagemaker-local-aws"


class _Help(argparse.ArgumentDefaultsHelpFormatter):
    """Shows a default only where one exists."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return action.help if action.default in (None, False, []) else super()._get_help_string(action)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local_aws",
        description="An AWS on this machine only: SageMaker jobs run, endpoints answer. No account needed.",
        epilog="Press Ctrl-C to stop: every job, model server and Lambda ends with it, and nothing keeps listening. "
        "With LOCAL_AWS_CLOCK=60 in the environment, a minute of AWS passes in one second.",
        formatter_class=_Help,
    )
    add = parser.add_argument
    add("--port", type=_port, default=4566, help=f"port of {HOST} to listen on; 0 takes a free one")
    add("--region", type=_region, default="us-east-1", help="region of clients that name none, and of the export lines")
    add("--account", type=_account, default="123456789012", help="account id, 12 digits")
    add("--cache", type=Path, default=_default_cache(), help="where images' environments are kept between runs")
    add("--state", type=Path, help="folder to go on from, and to keep everything in (default: a temporary one)")
    add("--per-run", action="store_true", help="keep only this run's log and secret in --state: the rest goes with it")
    add(
        "--fresh",
        action="store_true",
        help="begin anew: delete what servers have written to --state, except for its secret",
    )
    add(
        "--ready-file", type=Path, help="JSON file to write once the server answers: pid, endpoint_url, region, log ..."
    )
    add("--parallel-jobs", type=_positive, default=cores(), help="jobs that run at the same time; others wait")
    add("--stop-grace", type=_seconds, default=120.0, help="seconds between SIGTERM and SIGKILL when a job is stopped")
    add(
        "--instance-limits",
        action="store_true",
        default=os.environ.get("LOCAL_AWS_INSTANCE_LIMITS") == "1",
        help="hold jobs within their instance type's memory and processors (also: LOCAL_AWS_INSTANCE_LIMITS=1)",
    )
    add("--interrupt-spot", type=_seconds, help="interrupt every managed spot training job once, after these seconds")
    add(
        "--runtime",
        default=os.environ.get("LAUNCHPAD_RUNTIME") or "process",
        help="what executes images: process, docker, or MODULE:FACTORY of one of your own (also: LAUNCHPAD_RUNTIME)",
    )
    add(
        "--images",
        type=_folder,
        action="append",
        default=[],
        help="folder of images of your own, each a folder with an image.toml, for the runtime process; may be repeated",
    )
    add(
        "--iam",
        action="store_true",
        default=os.environ.get("LOCAL_AWS_IAM") == "1",
        help="enforce IAM: every caller and every role may do what its policies say (also: LOCAL_AWS_IAM=1)",
    )
    add("--verbose", action="store_true", help="write the log to the terminal too")
    return parser


def _port(text: str) -> int:
    if not is_digits(text) or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: write a number from 0 to 65535")
    return int(text)


def _folder(text: str) -> Path:
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is no folder: name one that holds a folder per image")
    return Path(text)


def _account(text: str) -> str:
    if not re.fullmatch(r"\d{12}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no account id: write 12 digits, such as 123456789012")
    return text


def _region(text: str) -> str:
    if not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no region: write one such as us-east-1")
    return text


def _seconds(text: str) -> float:
    if not re.fullmatch(r"\d+(\.\d+)?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds, such as 120 or 0.5")
    return float(text)


def _positive(text: str) -> int:
    if not is_digits(text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return int(text)

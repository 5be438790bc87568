"""How fast `containers/sklearn-custom` serves, next to what the field serves with: `make benchmark-serving`.

All contenders serve one model in one run, on separate cores; one core is the load's (wrk, a Debian package). They
are measured in turn, several times, and medians are compared: what matters are the ratios. On a busy machine
root gets a share that others can't take away.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path(__file__).parent / "serving_contenders"
OURS, OTHERS = ROOT / ".venv-sklearn-custom" / "bin", ROOT / ".venv-serving" / "bin"
PROGRAMS = ROOT / "containers" / "sklearn-custom" / "programs"
LOAD_CORE, *SERVING_CORES = sorted(os.sched_getaffinity(0))[::-1]
SECONDS, ROUNDS = float(os.environ.get("SECONDS_EACH", "3")), int(os.environ.get("ROUNDS", "3"))
PORT = 18400
READY_SECONDS = 90
TRAIN = """
import sys
from sklearn.datasets import load_diabetes
load_diabetes(as_frame=True).frame.to_csv(sys.argv[1], index=False)
"""
SAVE_FOR_MLFLOW = """
import sys
import joblib, mlflow.sklearn
mlflow.sklearn.save_model(joblib.load(sys.argv[1]), sys.argv[2], pip_requirements=[])
"""
CORES = str(len(SERVING_CORES) or 1)


@dataclass
class Contender:
    """A server: its command, `{port}` and all, and what was measured of it."""

    name: str
    command: list[str]
    with_header: bool = False
    start_seconds: float = 0.0
    measured: dict[str, list[dict[str, float]]] = field(default_factory=dict)

    def median(self, case: str, metric: str) -> float:
        """The median of one of `CASES`."""
        return statistics.median(run[metric] for run in self.measured[case])


def contenders(folder: Path) -> list[Contender]:
    """Who takes part; `folder` has the model as model/model.joblib."""
    flask = str(FOLDER / "flask_server.py")
    mlflow = [f"{OTHERS}/mlflow", "models", "serve", "--env-manager", "local", "--model-uri", str(folder / "mlflow")]
    servers = [
        Contender("sklearn-custom", [f"{OURS}/python", f"{PROGRAMS}/serve"]),
        Contender("Flask's development server", [f"{OTHERS}/python", flask, "{port}"]),
        Contender(
            "gunicorn and Flask",
            [f"{OTHERS}/gunicorn", "-w", CORES, "-b", "127.0.0.1:{port}", "--chdir", str(FOLDER), "flask_server:app"],
        ),
        Contender("MLflow's scoring server", [*mlflow, "--workers", CORES, "--port", "{port}"], with_header=True),
    ]
    if shutil.which("java"):
        servers.append(Contender("multi-model-server", _multi_model_server(folder)))
    return servers


def _multi_model_server(folder: Path) -> list[str]:
    (folder / "mms" / "model").mkdir(parents=True)
    (folder / "mms" / "config").write_text(
        "inference_address=http://127.0.0.1:{port}\nmanagement_address=http://127.0.0.1:{management}\n"
        f"default_service_handler=mms_handler:handle\ndefault_workers_per_model={CORES}\ndecode_input_request=false\n"
    )
    options = ["--model-store", "/", "--models", f"model={folder}/mms/model"]
    return [f"{OTHERS}/multi-model-server", "--start", "--foreground", "--mms-config", f"{folder}/mms/config", *options]


def main() -> None:
    """Measure, print the table, and exit with 1 when a target is missed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and take the servers along
    for program in ("wrk", "taskset"):
        if not shutil.which(program):
            sys.exit(f"{program} is not installed: `apt-get install {'wrk' if program == 'wrk' else 'util-linux'}`")
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as servers:
        folder = Path(name)
        _prepare(folder)
        field_ = contenders(folder)
        for number, contender in enumerate(field_):
            servers.enter_context(_running(contender, PORT + 10 * number, folder))
        limits: dict[str, list[float]] = {"row": [], "batch": []}
        for _ in range(ROUNDS):
            for body in limits:
                limits[body].append(_in_process(folder, body))
            for number, contender in enumerate(field_):
                for case, (connections, body) in CASES.items():
                    run = _load(PORT + 10 * number, connections, folder / _body(contender, body))
                    contender.measured.setdefault(case, []).append(run)
        sys.exit(_report(field_, {body: statistics.median(rates) for body, rates in limits.items()}))


CASES = {"one": (1, "row"), "eight": (8, "row"), "batch": (1, "batch")}
"""Connections, and what each request carries."""


def _body(contender: Contender, body: str) -> str:
    return f"{body}-with-header.csv" if contender.with_header else f"{body}.csv"


def _prepare(folder: Path) -> None:
    """Train as the image trains, and write the bodies: a row, and 1,000."""
    for path in ("input/data/training", "input/config", "model", "output"):
        (folder / path).mkdir(parents=True)
    data = folder / "input/data/training/diabetes.csv"
    variables = {**os.environ, "SAGEMAKER_BASE_DIR": str(folder)}
    subprocess.run([f"{OURS}/python", "-c", TRAIN, str(data)], check=True)
    (folder / "input/config/hyperparameters.json").write_text('{"target": "target", "normalize": "true"}')
    subprocess.run([f"{OURS}/python", f"{PROGRAMS}/train"], env=variables, check=True, stdout=subprocess.DEVNULL)
    saving = [f"{OTHERS}/python", "-c", SAVE_FOR_MLFLOW, f"{folder}/model/model.joblib", f"{folder}/mlflow"]
    subprocess.run(saving, check=True, capture_output=True)
    header, *rows = [line.rpartition(",")[0] for line in data.read_text().splitlines()]
    for name, count in (("row", 1), ("batch", 1000)):
        body = [rows[number % len(rows)] for number in range(count)]
        (folder / f"{name}.csv").write_text("\n".join(body) + "\n")
        (folder / f"{name}-with-header.csv").write_text("\n".join([header, *body]) + "\n")


@contextlib.contextmanager
def _running(contender: Contender, port: int, folder: Path) -> Iterator[None]:
    """Start a server on its cores, and note how long its first right answer takes."""
    variables = {
        "MODEL": str(folder / "model" / "model.joblib"),
        "SAGEMAKER_BASE_DIR": str(folder),
        "SAGEMAKER_BIND_TO_PORT": str(port),
        "SAGEMAKER_MODEL_SERVER_WORKERS": CORES,
        "OMP_NUM_THREADS": "1",
        "TMPDIR": str(folder),  # for multi-model-server's note that it runs
        "PYTHONPATH": str(FOLDER) if contender.command[0].startswith(str(OTHERS)) else "",
    }
    config = folder / "mms" / "config"
    if contender.name == "multi-model-server":
        config.write_text(config.read_text().format(port=port, management=port + 1))
    folders = OURS if contender.command[0].startswith(str(OURS)) else OTHERS
    variables["PATH"] = f"{folders}:{os.environ['PATH']}"
    body = (folder / _body(contender, "row")).read_bytes()
    if _answers(port, body):
        sys.exit(f"something answers on port {port} already: end it first")
    log = (folder / f"{port}.log").open("w")
    command = _pinned(SERVING_CORES, [part.format(port=port) for part in contender.command])
    start = time.monotonic()
    server = subprocess.Popen(
        command,
        env={**os.environ, **variables},
        cwd=folder,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=_take_precedence,
    )
    try:
        while not _answers(port, body):
            if server.poll() is not None or time.monotonic() - start > READY_SECONDS:
                sys.exit(f"{contender.name} did not answer:\n{Path(log.name).read_text()[-2000:]}")
            time.sleep(0.02)
        contender.start_seconds = time.monotonic() - start
        print(f"{contender.name} answered after {contender.start_seconds:.1f} s", file=sys.stderr)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _answers(port: int, body: bytes) -> bool:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/invocations", body, {"Content-Type": "text/csv"})
    try:
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 (it is our own)
            return "204.6" in response.read().decode()  # what the model says of the first row
    except OSError:
        return False


def _load(port: int, connections: int, body: Path) -> dict[str, float]:
    command = ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS:.0f}s", "-s", str(FOLDER / "post.lua")]
    line = _pinned([LOAD_CORE], [*command, f"http://127.0.0.1:{port}/invocations"])
    output = _measured(line, {"BODY": str(body)})
    run: dict[str, float] = json.loads(output.splitlines()[-1])
    if run["errors"]:
        sys.exit(f"{run['errors']:.0f} requests to port {port} failed: nothing was measured")
    return run


def _in_process(folder: Path, body: str) -> float:
    arguments = [str(folder / "model/model.joblib"), str(folder / f"{body}.csv"), str(SECONDS)]
    line = _pinned(SERVING_CORES, [f"{OURS}/python", str(FOLDER / "in_process.py"), *arguments])
    return float(_measured(line, {"SAGEMAKER_BASE_DIR": str(folder), "OMP_NUM_THREADS": "1"}))


def _measured(command: list[str], variables: dict[str, str]) -> str:
    environment = {**os.environ, **variables}
    return subprocess.run(
        command,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_take_precedence,
    ).stdout


def _pinned(cores: list[int], command: list[str]) -> list[str]:
    return ["taskset", "-c", ",".join(map(str, cores or [LOAD_CORE])), *command]


def _take_precedence() -> None:
    with contextlib.suppress(OSError):
        os.nice(-15)
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text("-19")


def _report(field_: list[Contender], limit: dict[str, float]) -> int:
    print(f"{len(SERVING_CORES) or 1} core(s) serve, one loads; {ROUNDS} rounds of {SECONDS:.0f} s; medians\n")
    print("| server | requests/s, 8 connections | p99 | 1 connection, median | 1,000 rows, median | first answer |")
    print("|---|---|---|---|---|---|")
    for contender in field_:
        rate, p99 = contender.median("eight", "rate"), contender.median("eight", "p99") / 1000
        single, batch = contender.median("one", "p50") / 1000, contender.median("batch", "p50") / 1000
        cells = (
            f"{rate:,.0f}",
            f"{p99:.1f} ms",
            f"{single:.2f} ms",
            f"{batch:.2f} ms",
            f"{contender.start_seconds:.1f} s",
        )
        print(f"| {contender.name} | {' | '.join(cells)} |")
    row, batch = (1000 / limit[body] for body in ("row", "batch"))
    print(f"| none: in process | {limit['row']:,.0f} | | {row:.2f} ms | {batch:.2f} ms | |\n")
    return _judge(field_, limit["row"], batch)


def _judge(field_: list[Contender], limit: float, batch_milliseconds: float) -> int:
    """The targets; 1 when one of them is missed."""
    ours, flask, _, mlflow, *_ = field_
    rate, p99 = ours.median("eight", "rate"), ours.median("eight", "p99")
    at_least = {
        "requests/s, to Flask's development server": (rate / flask.median("eight", "rate"), 6),
        "requests/s, to MLflow's scoring server": (rate / mlflow.median("eight", "rate"), 15),
        "requests/s, to one process with no server": (rate / limit, 0.75),
    }
    at_most = {
        "p99, to Flask's development server": (p99 / flask.median("eight", "p99"), 1 / 3),
        "1,000 rows, to the time in process": (ours.median("batch", "p50") / 1000 / batch_milliseconds, 1.2),
    }
    missed = [title for title, (ratio, target) in at_least.items() if ratio < target]
    missed += [title for title, (ratio, target) in at_most.items() if ratio > target]
    for word, targets in (("at least", at_least), ("at most", at_most)):
        for title, (ratio, target) in targets.items():
            print(f"{'MISSED' if title in missed else 'met   '} {title}: {ratio:.2f} ({word} {target:.2g})")
    return int(bool(missed))


if __name__ == "__main__":
    main()

"""What InvokeEndpoint adds to a container's time, and how many requests pass: `make benchmark-invocations`.

One cheap container (a few lines of asyncio) is loaded directly and through an endpoint, in turn, on all cores, which
load, server and container share. The requests are signed; a second endpoint captures all of them, and the second
server decides by IAM too, for a user with a policy. Medians and ratios of one run are printed, because the machine's
speed cancels out of them. On a busy machine root gets a share that others can't take away. wrk is a Debian package.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "packages" / "local-aws")]  # `tests` is one namespace package in both

from tests.local_aws.conftest import PLAIN  # noqa: E402
from tests.local_aws.launcher import LocalAws, processes_of, running_local_aws  # noqa: E402
from tests.local_aws.plain_endpoints import PlainEndpoints  # noqa: E402
from tests.local_aws.signed import signature  # noqa: E402

FOLDER = Path(__file__).parent / "serving_contenders"
CONTAINER = (FOLDER / "cheap_container.py").read_text()
BODY = b"0.1,0.2,0.3,0.4\n"
HEADERS = {"Content-Type": "text/csv"}
CASES = {"one": 1, "sixteen": 16}
"""Connections."""
ADDED_MILLISECONDS, REQUESTS_PER_SECOND = 1.0, 2000


@dataclass
class Way:
    """One way to the container, and what was measured on it, by case."""

    title: str
    runs: dict[str, list[dict[str, float]]] = field(default_factory=lambda: {case: [] for case in CASES})

    def median(self, case: str, metric: str) -> float:
        """The median of all rounds."""
        return statistics.median(run[metric] for run in self.runs[case])


def main() -> None:
    """Measure, print the table, and exit with 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3, help="length of one measurement (default: 3)")
    parser.add_argument("--rounds", type=int, default=5, help="measurements per case (default: 5)")
    options = parser.parse_args()
    if not shutil.which("wrk"):
        sys.exit("wrk is not installed: `apt-get install wrk`")
    _take_precedence()
    direct, plain, enforced = Way("the container alone"), Way("its endpoint"), Way("its endpoint, IAM enforced")
    captured = Way("its endpoint, all captured")
    with _endpoint() as (aws, name, url), _endpoint("--iam") as (guarded, guarded_name, _):
        user, captured_name = _user(guarded, guarded_name), _captured(aws)
        ways = (
            (aws, name, plain, {}),
            (aws, captured_name, captured, {}),
            (guarded, guarded_name, enforced, user),
        )
        for _ in range(options.rounds):
            for case, connections in CASES.items():
                direct.runs[case].append(_load(url, "/invocations", HEADERS, connections, options.seconds))
                for server, endpoint, way, keys in ways:
                    path = f"/endpoints/{endpoint}/invocations"
                    signed = signature(server, "sagemaker", BODY, HEADERS, path=path, **keys)
                    way.runs[case].append(_load(server.url, path, signed, connections, options.seconds))
    sys.exit(_report(direct, [plain, captured, enforced], options.seconds))


def _take_precedence() -> None:
    """Raise the priority of this process and all that it starts."""
    with contextlib.suppress(OSError):
        os.nice(-15)
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text("-19")


@contextlib.contextmanager
def _endpoint(*options: str) -> Iterator[tuple[LocalAws, str, str]]:
    """A server with one endpoint in service, the endpoint's name, and its container's URL."""
    with running_local_aws(*PLAIN, *options) as aws:
        aws.client("s3").create_bucket(Bucket="benchmark")
        aws.client("iam").create_role(RoleName="execution-role", AssumeRolePolicyDocument=json.dumps(TRUST))
        aws.client("iam").put_role_policy(RoleName="execution-role", PolicyName="all", PolicyDocument=json.dumps(ALL))
        name = PlainEndpoints(aws, "benchmark", ROLE).serving(CONTAINER)
        yield aws, name, f"http://127.0.0.1:{_port(aws)}"


TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
ROLE = "arn:aws:iam::123456789012:role/execution-role"
ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def _captured(aws: LocalAws) -> str:
    """An endpoint in service that captures each request and answer."""
    endpoints = PlainEndpoints(aws, "benchmark", ROLE)
    capture = {
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": "s3://benchmark/captured",
        "CaptureOptions": [{"CaptureMode": "InputAndOutput"}],
        "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
    }
    variant = endpoints.variant(endpoints.model(CONTAINER))
    name = endpoints.start(endpoints.config(variant, DataCaptureConfig=capture))
    endpoints.wait(name, "InService")
    return name


def _user(aws: LocalAws, endpoint: str) -> dict[str, str]:
    """The credentials of a user that may only invoke this endpoint."""
    iam, resource = aws.client("iam"), f"arn:aws:sagemaker:us-east-1:123456789012:endpoint/{endpoint}"
    allow = {"Effect": "Allow", "Action": "sagemaker:InvokeEndpoint", "Resource": resource}
    iam.create_user(UserName="caller")
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam.put_user_policy(UserName="caller", PolicyName="invoke", PolicyDocument=document)
    key = iam.create_access_key(UserName="caller")["AccessKey"]
    return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}


def _port(aws: LocalAws) -> int:
    """The port of the only container, which is its program's argument."""
    for process in processes_of(aws.process.pid):
        words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
        if b"model/serve.py" in words:
            return int(words[words.index(b"model/serve.py") + 1])
    raise SystemExit("the container was not found among the server's processes")


def _load(url: str, path: str, headers: dict[str, str], connections: int, seconds: int) -> dict[str, float]:
    """Load one path; ends the benchmark if a request fails."""
    with tempfile.TemporaryDirectory() as name:
        script = Path(name, "load.lua")
        fields = "".join(f"wrk.headers[{json.dumps(key)}] = {json.dumps(value)}\n" for key, value in headers.items())
        script.write_text((FOLDER / "post.lua").read_text() + fields)
        Path(name, "body").write_bytes(BODY)
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script), url + path]
        output = subprocess.run(
            command, env={**os.environ, "BODY": f"{name}/body"}, check=True, stdout=subprocess.PIPE, text=True
        ).stdout
    run: dict[str, float] = json.loads(output.splitlines()[-1])
    if run["errors"]:
        sys.exit(f"{run['errors']:.0f} requests to {url}{path} failed: nothing was measured")
    return run


def _report(direct: Way, ways: list[Way], seconds: int) -> int:
    print(f"{len(os.sched_getaffinity(0))} cores for all; medians of rounds of {seconds} s\n")
    print("| way | 1 connection, median | added | 16 connections, requests/s | share of the container's | p99 |")
    print("|---|---|---|---|---|---|")
    floor = direct.median("one", "p50")
    for way in (direct, *ways):
        median, rate = way.median("one", "p50"), way.median("sixteen", "rate")
        cells = (
            f"{median / 1000:.2f} ms",
            f"{(median - floor) / 1000:.2f} ms",
            f"{rate:,.0f}",
            f"{rate / direct.median('sixteen', 'rate'):.0%}",
            f"{way.median('sixteen', 'p99') / 1000:.1f} ms",
        )
        print(f"| {way.title} | {' | '.join(cells)} |")
    print()
    missed = 0
    for way in ways:
        added, rate = (way.median("one", "p50") - floor) / 1000, way.median("sixteen", "rate")
        for title, value, is_met in (
            (f"{way.title}: added at the median, at most {ADDED_MILLISECONDS} ms", added, added <= ADDED_MILLISECONDS),
            (f"{way.title}: requests/s, at least {REQUESTS_PER_SECOND:,}", rate, rate >= REQUESTS_PER_SECOND),
        ):
            print(f"{'met   ' if is_met else 'MISSED'} {title}: {value:,.2f}")
            missed += not is_met
    return int(bool(missed))


if __name__ == "__main__":
    main()

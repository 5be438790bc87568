"""A training job: wait for it, and read what it left."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from launchpad.api.frames import frame
from launchpad.api.pictures import Picture, draw
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import training_jobs
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.logs import LogLine, training_log
from launchpad.platform_client.outputs import MISSING, read_output
from launchpad.platform_client.test_set import read_test_set
from launchpad.requests.cost import Cost, job_cost

if TYPE_CHECKING:
    from launchpad.costs.right_sizing import Advice

Progress = Callable[[str], object]
"""Gets one line of text at a time, such as `print`."""


def quiet(_: str) -> None:
    """Show nothing."""


class Job:
    """A training job of an environment, by its name."""

    def __init__(self, connection: Connection, name: str, progress: Progress = quiet) -> None:
        self.name = name
        self._connection = connection
        self._progress = progress

    def __repr__(self) -> str:
        return f"Job({self.name!r})"

    @property
    def description(self) -> Mapping[str, Any]:
        """The response of DescribeTrainingJob.

        Raises:
            LaunchpadError: the job doesn't exist.
        """
        try:
            description: Mapping[str, Any] = self._connection.client("sagemaker").describe_training_job(
                TrainingJobName=self.name
            )
        except ClientError as error:
            raise LaunchpadError(f"{self.name}: {error.response['Error']['Message']}") from None
        return description

    @property
    def status(self) -> str:
        """`InProgress`, `Completed`, `Failed`, `Stopping` or `Stopped`."""
        return str(self.description["TrainingJobStatus"])

    @property
    def metrics(self) -> dict[str, float]:
        """The last value of each metric; empty as long as there is none."""
        return training_jobs.metrics(self.description)

    @property
    def cost_usd(self) -> float | None:
        """What it cost in US dollars, at list prices; None while it runs, and if a price is unknown.

        Of a job of the local AWS, what the same would cost on AWS.
        """
        cost = self._cost
        return cost.usd if cost else None

    @property
    def spot_saved_usd(self) -> float | None:
        """What spot capacity saved in US dollars; None for a job on demand, and where the cost is not known."""
        cost = self._cost
        return cost.spot_saved_usd if cost else None

    @property
    def _cost(self) -> Cost | None:
        from launchpad.costs.price_list import region_prices

        return job_cost("training", self.description, region_prices(self._connection.settings.region).usd)

    def wait(self) -> Job:
        """Wait for the job's end, and return the job. `progress` gets its statuses and the lines of its log.

        Raises:
            LaunchpadError: it failed or was stopped; has the reason.
        """
        ended = training_jobs.follow(self._connection, self.name, self._show)
        if ended["TrainingJobStatus"] != "Completed":
            reason = ended.get("FailureReason", "").strip() or "no reason given"
            status = ended["TrainingJobStatus"].lower()
            raise LaunchpadError(f"training job {self.name} {status}: {reason}; logs() has what it printed")
        return self

    def logs(self) -> list[str]:
        """The lines that the job has printed so far."""
        return [line.text for line in training_log(self._connection.client("logs"), self.name).read()]

    def metric_history(self) -> Any:
        """A DataFrame with the columns `metric`, `time` (UTC) and `value`: a row for each value that was reported.

        Raises:
            LaunchpadError: pandas is not installed.
        """
        from launchpad.platform_client.job_insight import read_metrics

        log = training_log(self._connection.client("logs"), self.name).read()
        series = read_metrics(self._connection, self.description, log)
        return frame(
            {"metric": name, "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)), "value": value}
            for name, values in series.items()
            for at, value in values
        )

    def advice(self) -> list[Advice]:
        """Which other instances would have done, and what they save: the rules of docs/costs.md, "A smaller instance".

        On the local AWS only memory and disk are judged, because its processors are this machine's.
        """
        from launchpad.costs.job_sizing import job_advice
        from launchpad.costs.price_list import region_prices
        from launchpad.platform_client.utilisation import training_utilisation

        job, prices = self.description, region_prices(self._connection.settings.region).usd
        used = training_utilisation(self._connection, job)
        return job_advice(job, used, prices, local=self._connection.local is not None)

    def test_set(self) -> Any:
        """A DataFrame of the rows that the job kept for a test (test.csv), with the true value in the last column.

        Raises:
            LaunchpadError: it kept none, or pandas is not installed.
        """
        tests = read_test_set(self._connection, self.name)
        if tests is None:
            raise LaunchpadError(f"{self.name} kept no test set (test.csv in its output)")
        columns = (*tests.columns, tests.target)
        return frame(
            dict(zip(columns, (*row, true), strict=True)) for row, true in zip(tests.rows, tests.truths, strict=True)
        )

    def picture(self) -> Picture:
        """The drawing of the tables in the job's output, such as predictions.csv.

        Raises:
            LaunchpadError: there is none to draw.
        """
        from launchpad.report.pictures import KINDS

        return draw(read_output(self._connection, self.description, tuple(KINDS)), self.name)

    def get(self, to: str | Path) -> Path:
        """Fetch the job's model and its output to `to`/NAME/, and return that folder: model.tar.gz, output.tar.gz.

        Raises:
            LaunchpadError: the job has left neither.
        """
        description = self.description
        output = f"{description['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{self.name}/output"
        folder = Path(to) / self.name
        files = [file for file in ("model.tar.gz", "output.tar.gz") if self._fetch(f"{output}/{file}", folder / file)]
        if not files:
            raise LaunchpadError(f"{self.name} ({description['TrainingJobStatus']}) has left nothing in {output}/")
        return folder

    def _fetch(self, uri: str, target: Path) -> bool:
        address = urlsplit(uri)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connection.client("s3").download_file(address.netloc, address.path.lstrip("/"), str(target))
        except ClientError as error:
            if error.response["Error"]["Code"] in MISSING:
                return False
            raise
        return True

    def _show(self, news: training_jobs.Transition | LogLine) -> None:
        text = news.text if isinstance(news, LogLine) else f"{news.status}: {news.message}".removesuffix(": ")
        self._progress(text)

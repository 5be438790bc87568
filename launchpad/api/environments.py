"""A deployed environment: start jobs, compare runs, serve, predict, monitor."""

from __future__ import annotations

import secrets
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from launchpad import paths
from launchpad.api import monitoring, serving
from launchpad.api.frames import frame
from launchpad.api.jobs import Job, Progress, quiet
from launchpad.api.pictures import Picture
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import channels, endpoints, training_jobs
from launchpad.platform_client.callers import origin_of
from launchpad.platform_client.connection import Connection, connect
from launchpad.platform_client.endpoint_removal import remove_endpoint
from launchpad.platform_client.history import changes
from launchpad.platform_client.monitoring.label_files import LabelColumns
from launchpad.platform_client.monitoring.label_uploads import Uploaded
from launchpad.platform_client.monitoring.reports import Report
from launchpad.platform_client.platform import Platform, find_platform
from launchpad.platform_client.rollback import target
from launchpad.platform_client.served_model import endpoint_of
from launchpad.platform_client.serving_keys import Way
from launchpad.requests.names import endpoint_name

if TYPE_CHECKING:
    from launchpad.workload import Workload


def environment(name: str = "local", progress: Progress = quiet) -> Environment:
    """Connect to an environment, a file in config/; `progress` gets lines of text, such as `print`.

    Raises:
        LaunchpadError: it doesn't exist, the local AWS isn't running, or the credentials are of another account.
    """
    return Environment(connect(name), progress)


class Environment:
    """One environment."""

    def __init__(self, connection: Connection, progress: Progress = quiet) -> None:
        self.name = connection.name
        self._connection = connection
        self._progress = progress

    def __repr__(self) -> str:
        return f"Environment({self.name!r})"

    def run(
        self,
        workload: str,
        *,
        hyperparameters: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] | None = None,
        token: str | None = None,
    ) -> Job:
        """Start a training job, and return it at once; it runs the working copy where the environment takes one.

        `settings` changes other values of the section `training`, by dotted key, such as `instance.type`. One token
        starts one job: with the same one again, that job is returned.

        Raises:
            LaunchpadError: a value is wrong, a channel is empty, or the platform refused.
        """
        from launchpad.checks.overrides import check_overrides

        checked = _loaded(workload)
        values = {f"hyperparameters.{name}": value for name, value in (hyperparameters or {}).items()}
        overrides = {**(settings or {}), **values}
        check_overrides(checked, "training", overrides)
        token = token or _token()
        self._check_channels(checked)
        code = self._code(checked, "training")
        return self.job(training_jobs.launch(self._connection, self._platform, workload, token, overrides, code))

    def job(self, name: str) -> Job:
        """The training job of this name."""
        return Job(self._connection, name, self._progress)

    def runs(self, workload: str, limit: int = 50) -> Any:
        """A DataFrame of the workload's newest training jobs: status, hyperparameters, metrics, gate, data, cost."""
        from launchpad.costs.price_list import region_prices
        from launchpad.runs.reading import Reader

        checked = _loaded(workload)
        gate = checked.quality_gate.model_dump() if checked.quality_gate else None
        fallback = {"quality_gate": gate, "evaluate": checked.evaluate is not None}
        prices = region_prices(self._connection.settings.region).usd
        reader = Reader(self._connection, self._platform, workload, prices, fallback)
        return frame(run.facts for run in reader.newest(limit))

    def serve(self, workload: str, job: Job | str | None = None, **way: Any) -> str:
        """Serve a job's model, by default as `launchpad serve`; return the endpoint's name once it answers.

        `way` has the options of `launchpad serve`: `canary=10`, `linear`, `rolling`, `all_at_once=True` and `bake`;
        `variant="challenger", weight=0.2`; `shadow=True`; `promote="challenger"`;
        `preprocessor_jobs=("WORKLOAD=JOB",)`.

        Raises:
            LaunchpadError: the model misses its quality gate, or the endpoint did not come into service.
        """
        checked = _loaded(workload)
        job_name = job.name if isinstance(job, Job) else job

        def code() -> Mapping[str, Any]:
            return self._code(checked, "serve")

        deployment = serving.deploy(
            self._connection, self._platform, checked, job_name, Way(**way), code, self._progress
        )
        return serving.settled(self._connection, deployment, self._progress)

    def history(self, workload: str) -> Any:
        """A DataFrame of what the workload's endpoint served, the newest change first."""
        listed = changes(self._connection, self._platform, workload)
        return frame(asdict(change) for change in listed)

    def rollback(self, workload: str, to: Job | str | None = None) -> str:
        """Serve again what was served before, or the earlier job `to`; return the endpoint's name once it answers.

        Raises:
            LaunchpadError: there is nothing to go back to, or the environment's config pins its endpoints.
        """
        job_name = to.name if isinstance(to, Job) else to
        chosen = target(changes(self._connection, self._platform, workload), workload, job_name, self._connection.name)
        origin = origin_of(self._connection, paths.WORKLOADS / workload)
        deployment = endpoints.restore(
            self._connection, self._platform, workload, chosen.name, origin, show=self._progress
        )
        return serving.settled(self._connection, deployment, self._progress)

    def predict(
        self,
        workload: str,
        rows: Any,
        *,
        content_type: str | None = None,
        accept: str = "application/json",
        variant: str | None = None,
        inference_id: str | None = None,
    ) -> Any:
        """The endpoint's predictions for a DataFrame, for lists of values, for a file, or for bytes.

        Of an asynchronous endpoint, the answer is waited for. `variant` is asked alone, else one by their weights.

        Raises:
            LaunchpadError: there is no endpoint, or the model refused the rows.
        """
        return serving.ask(
            self._connection,
            _loaded(workload),
            rows,
            self._progress,
            content_type=content_type,
            accept=accept,
            variant=variant,
            inference_id=inference_id,
        )

    def stream(
        self, workload: str, rows: Any, *, content_type: str | None = None, variant: str | None = None
    ) -> Iterator[bytes]:
        """Yield the parts of the endpoint's answer as they come, as bytes.

        Raises:
            LaunchpadError: there is no endpoint, or the model refused the rows.
        """
        return serving.ask_for_parts(self._connection, _loaded(workload), rows, content_type, variant)

    def monitor(self, workload: str, hours: int | None = None) -> list[Report]:
        """Compare what the workload's model was asked with its training data, and wait for the reports.

        A `Report` has `status` (`drift`, `no_drift` or `skipped`), `records`, `drifted_share`, `columns` (the most
        severe first), `worst`, `quality`, and `result` with all of it. The list is empty where nothing was asked;
        `progress` has the reason. `hours` is how far it looks back, else to the last report.

        Raises:
            LaunchpadError: the served model has no baseline (see `baseline`), or the job failed.
        """
        return monitoring.run(self._connection, self._platform, workload, hours, self._progress)

    def reports(self, workload: str, limit: int = 10) -> Any:
        """A DataFrame of the newest monitoring reports: result, records, drifted share, worst column, quality."""
        return monitoring.table(self._connection, self._platform, workload, limit)

    def labels(
        self, workload: str, values: Any, id_column: str = "inference_id", label_column: str = "label"
    ) -> Uploaded:
        """Upload what predictions should have been: a CSV file, or true values by inference id (a dict or a Series).

        Of a request with several records, the id of the third one is `ID#2`. The same labels count once.

        Raises:
            LaunchpadError: has each mistake with its line; then nothing was uploaded.
        """
        columns = LabelColumns(id_column, label_column)
        return monitoring.send_labels(self._connection, self._platform, _loaded(workload), values, columns)

    def baseline(self, workload: str, job: Job | str | None = None) -> str:
        """Make the baseline of a job's model, by default of the served one, and wait; return its folder in S3.

        Raises:
            LaunchpadError: the workload has no `monitoring` section, or a job failed.
        """
        checked = _loaded(workload)
        code = self._code(checked, "baseline")
        return monitoring.make_baseline(self._connection, self._platform, checked, job, _token(), code, self._progress)

    def stop(self, workload: str) -> None:
        """Delete the workload's endpoint, which costs as long as it exists.

        Raises:
            LaunchpadError: other workloads share it, or it is being changed for too long.
        """
        name = endpoint_of(self.name, workload)
        if name != endpoint_name(self.name, workload):
            raise LaunchpadError(
                f"{workload} is one of the models of {name}, which other workloads share: `launchpad stop {name}`"
                " deletes it for all of them"
            )
        remove_endpoint(self._connection, name, self._progress)
        self._progress(f"{name} is deleted")

    def picture(self, job: Job | str) -> Picture:
        """What a job's output tells as a drawing, such as predicted against true values."""
        return (job if isinstance(job, Job) else self.job(job)).picture()

    @cached_property
    def _platform(self) -> Platform:
        return find_platform(self._connection)

    def _check_channels(self, workload: Workload) -> None:
        """Refuse an empty channel, because a job with one fails only after minutes on AWS."""
        s3, bucket = self._connection.client("s3"), self._platform.data_bucket
        for name, channel in (workload.training.channels if workload.training else {}).items():
            if channel.prefix and channels.is_empty(s3, bucket, channel.prefix):
                raise LaunchpadError(
                    f"channel {name!r} is empty; fill it with `launchpad data {workload.name} --env {self.name}`"
                )

    def _code(self, workload: Workload, use: str) -> Mapping[str, Any]:
        from launchpad.launch_code import launch_code

        code = launch_code(self._connection, self._platform, workload, use)
        if code.older:
            older = (
                f"{', '.join(code.older)} in workloads/{workload.name}/ changed since the last deploy, and is not used"
            )
            warnings.warn(older, stacklevel=3)
        return code.event


def _loaded(workload: str) -> Workload:
    from launchpad.catalogue import load_workload

    return load_workload(workload)


def _token() -> str:
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"

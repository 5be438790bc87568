"""The Python API: rows and predictions, tables, pictures and refusals; `tests/end_to_end/test_api.py` runs it."""

from __future__ import annotations

import builtins
from types import SimpleNamespace
from typing import Any

import pytest

from launchpad import api
from launchpad.api import environments as module
from launchpad.api import monitoring, serving
from launchpad.api.frames import frame
from launchpad.api.pictures import draw
from launchpad.api.rows import predictions, request_body
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.monitoring.label_files import Label, LabelColumns

CONNECTION: Any = SimpleNamespace(name="dev")


class Table:
    """The part of a DataFrame that the API uses."""

    def to_csv(self, *, index: bool, header: bool) -> str:
        assert not index
        assert not header
        return "1,2\n"


@pytest.mark.parametrize("rows", [[[1, 2]], ((1, 2),), Table()])
def test_rows_are_sent_as_csv_without_a_header(rows):
    assert request_body(rows, None) == (b"1,2", "text/csv")


def test_a_file_is_sent_as_it_is_with_the_type_of_its_ending(tmp_path):
    file = tmp_path / "rows.json"
    file.write_bytes(b"[[1]]")
    assert request_body(file, None) == (b"[[1]]", "application/json")
    assert request_body(str(file), "text/plain") == (b"[[1]]", "text/plain")


def test_a_csv_file_is_sent_without_the_end_of_its_last_line(tmp_path):
    file = tmp_path / "rows.csv"
    file.write_bytes(b"1,2\r\n3,4\r\n")
    assert request_body(file, None) == (b"1,2\r\n3,4", "text/csv")


def test_a_file_of_an_unknown_ending_is_refused(tmp_path):
    with pytest.raises(LaunchpadError, match=r"rows\.parquet: no content type is known for \.parquet; name it"):
        request_body(tmp_path / "rows.parquet", None)


@pytest.mark.parametrize(
    ("body", "content_type", "values"),
    [
        (b"[1.5, 2]", "application/json", [1.5, 2]),
        (b'{"predictions": [[1]]}', "application/json; charset=utf-8", [[1]]),
        (b"1.5\nspam\n", "text/csv", [1.5, "spam"]),
        (b"1,2\n3,4\n", "text/csv", [[1.0, 2.0], [3.0, 4.0]]),
        (b"\x93NUMPY", "application/x-npy", b"\x93NUMPY"),
    ],
)
def test_a_response_becomes_python_values(body, content_type, values):
    assert predictions(body, content_type) == values


def test_a_table_without_pandas_says_how_to_install_it(monkeypatch):
    original = builtins.__import__

    def without_pandas(name: str, *arguments: Any) -> Any:
        if name == "pandas":
            raise ImportError(name)
        return original(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", without_pandas)
    with pytest.raises(LaunchpadError, match="tables need pandas"):
        frame([])


def test_a_picture_is_shown_by_a_notebook_and_can_be_saved(tmp_path):
    picture = draw({"predictions.csv": "true,predicted\n1,1.5\n2,2\n"}, "job-1")
    assert picture._repr_svg_().startswith("<svg ")
    assert picture.save(tmp_path / "picture.svg").read_text() == picture.svg


def test_a_job_without_tables_has_no_picture():
    with pytest.raises(LaunchpadError, match="job-1 wrote nothing to draw"):
        draw({"notes.csv": "no numbers"}, "job-1")


@pytest.fixture
def environment():
    connection: Any = SimpleNamespace(name="dev", client=lambda _: None)
    created = api.Environment(connection)
    created.__dict__["_platform"] = SimpleNamespace(data_bucket="data")
    return created


def test_a_wrong_hyperparameter_is_refused_before_any_call(environment):
    with pytest.raises(LaunchpadError, match=r"did you mean 'hyperparameters\.test-size'"):
        environment.run("boston-housing", hyperparameters={"test-sise": 0.2})


def test_a_run_without_data_names_the_command_that_uploads_it(environment, monkeypatch):
    monkeypatch.setattr(module.channels, "is_empty", lambda *_: True)
    with pytest.raises(
        LaunchpadError, match="'training' is empty; fill it with `launchpad data boston-housing --env dev`"
    ):
        environment.run("boston-housing")


def test_code_that_is_not_used_is_a_warning(environment, monkeypatch):
    code = SimpleNamespace(older=["serving"], event={})
    monkeypatch.setattr("launchpad.launch_code.launch_code", lambda *_: code)
    with pytest.warns(UserWarning, match="serving in workloads/boston-housing/ changed since the last deploy"):
        environment._code(SimpleNamespace(name="boston-housing"), "serve")


def test_a_shared_endpoint_is_not_deleted_for_one_of_its_workloads(environment, monkeypatch):
    monkeypatch.setattr(module, "remove_endpoint", lambda *_: pytest.fail("deleted"))
    with pytest.raises(LaunchpadError, match="boston-housing-north is one of the models of dev-boston-housing-models"):
        environment.stop("boston-housing-north")


@pytest.mark.parametrize(("status", "config"), [("InService", "old"), ("Failed", "new")])
def test_an_endpoint_that_does_not_serve_the_job_is_an_error(environment, monkeypatch, status, config):
    described = {"EndpointName": "dev-demo", "EndpointStatus": status, "EndpointConfigName": config}
    monkeypatch.setattr(serving.endpoints, "follow", lambda *_: {**described, "FailureReason": "ping failed"})
    with pytest.raises(LaunchpadError, match=rf"dev-demo \({status}\) was not updated: ping failed"):
        deployment = {"endpoint_name": "dev-demo", "endpoint_config_name": "new"}
        serving.settled(environment._connection, deployment, print)


def monitored(task: str | None = "regression") -> Any:
    return SimpleNamespace(name="demo", monitoring=SimpleNamespace(task=task) if task else None)


@pytest.fixture
def uploads(monkeypatch):
    """The labels that are uploaded."""
    values: list[Any] = []
    monkeypatch.setattr(monitoring, "upload", lambda *arguments: values.extend(arguments[3]))
    return values


def test_labels_of_a_workload_without_monitoring_are_refused(uploads):
    with pytest.raises(LaunchpadError, match="no `monitoring` section"):
        monitoring.send_labels(CONNECTION, CONNECTION, monitored(None), {"a": 1}, LabelColumns())
    assert uploads == []


def test_labels_with_a_mistake_are_not_uploaded(uploads):
    with pytest.raises(LaunchpadError, match=r"labels\.csv:3: label: 'x' is no number"):
        monitoring.send_labels(CONNECTION, CONNECTION, monitored(), {"a": 1, "b": "x"}, LabelColumns())
    assert uploads == []


def test_labels_are_true_values_by_inference_id(uploads):
    monitoring.send_labels(
        CONNECTION, CONNECTION, monitored("binary"), {"a": "yes", "b": 'no, "never"'}, LabelColumns()
    )
    assert uploads == [Label("a", "yes"), Label("b", 'no, "never"')]


def test_a_monitoring_job_that_failed_raises_its_reason(monkeypatch):
    run = monitoring.runs.MonitoringRun("dev-demo", "dev-demo-monitor", "started", "")
    failure = {"ProcessingJobStatus": "Failed", "FailureReason": "no baseline.json"}
    monkeypatch.setattr(monitoring.runs, "start", lambda *_: [run])
    monkeypatch.setattr(monitoring.jobs, "follow", lambda *_: failure)
    with pytest.raises(LaunchpadError, match=r"dev-demo-monitor failed: no baseline\.json"):
        monitoring.run(CONNECTION, CONNECTION, "demo", None, print)


def test_what_was_skipped_is_passed_to_progress(monkeypatch):
    lines: list[str] = []
    run = monitoring.runs.MonitoringRun("dev-demo", "", "skipped", "no requests")
    monkeypatch.setattr(monitoring.runs, "start", lambda *_: [run])
    assert monitoring.run(CONNECTION, CONNECTION, "demo", 24, lines.append) == []
    assert lines == ["dev-demo: skipped: no requests"]

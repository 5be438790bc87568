"""What goes wrong, as the person at the terminal meets it: the reason, the last lines, what to do; then all goes on."""

from __future__ import annotations

import signal

import pytest

from tests.end_to_end.conftest import WORKLOAD
from tests.end_to_end.test_commands import ROW
from tests.local_aws.launcher import running_local_aws


def failure(result):
    """The message of a command that failed as it should; a traceback in it is the script's, as its log has it."""
    assert result.returncode == 1, result.stdout + result.stderr
    assert not any(line.startswith("Traceback") for line in result.stderr.splitlines())
    return result.stderr


@pytest.fixture(scope="module")
def raised(platform):
    """A run of the workload whose script raises."""
    return platform("run", "raising", "--token", "t")


def test_a_training_script_that_raises_is_reported_with_its_reason(platform, raised):
    message = failure(raised)
    assert "error: training job local-raising-t has failed" in message
    assert "reason: AlgorithmError:" in message
    assert "ValueError: no such vineyard" in message
    assert "exit code: 1" in message
    log, debugger = message.splitlines()[-2:]
    assert log == "its log: `launchpad logs local-raising-t`"
    assert debugger.endswith("`launchpad debug raising`")
    assert message.count("ValueError: no such vineyard") == 1  # the traceback has just been printed
    assert "│ ValueError: no such vineyard" in raised.stdout
    described = platform.client("sagemaker").describe_training_job(TrainingJobName="local-raising-t")
    assert described["TrainingJobStatus"] == "Failed"


def test_a_script_killed_by_a_signal_is_reported_with_its_exit_code(platform):
    message = failure(platform("run", "killed"))
    assert "has failed" in message
    assert "exit code: 137" in message or "exit code: 1" in message


def test_a_failed_job_has_no_model_to_serve(platform, raised):
    message = failure(platform("serve", "raising", "--job", "local-raising-t"))
    assert "only a completed job has a model to serve" in message
    assert "has no completed training job" in failure(platform("serve", "raising"))


def test_a_model_that_model_fn_cannot_load_fails_the_endpoint(platform):
    platform.succeeds("run", "modelless")
    message = failure(platform("serve", "modelless"))
    assert "endpoint local-modelless is Failed" in message
    assert "model.joblib" in message
    assert "`launchpad stop local-modelless --yes`" in message
    assert "is deleted" in platform.succeeds("stop", "local-modelless", "--yes")


def test_a_wrong_content_type_is_the_models_415_and_the_endpoint_stays(platform, endpoint):
    message = failure(platform("predict", WORKLOAD, "--data", "-", "--content-type", "application/xml", rows="<a/>"))
    assert "the model answered 415: content type 'application/xml' is not one of" in message
    assert platform.succeeds("predict", WORKLOAD, "--data", "-", rows=ROW)


def test_a_malformed_row_is_the_models_400_and_the_endpoint_stays(platform, endpoint):
    message = failure(platform("predict", WORKLOAD, "--data", "-", rows="1,2,3\n"))
    assert "the model answered 400: row 1 has 3 values; expected 12 columns" in message
    assert platform.succeeds("predict", WORKLOAD, "--data", "-", rows=ROW)
    describe = platform.client("sagemaker").describe_endpoint
    assert describe(EndpointName=endpoint)["EndpointStatus"] == "InService"


def test_a_missing_endpoint_is_reported_with_the_serve_command(platform):
    assert "run `launchpad serve slow --env local` first" in failure(
        platform("predict", "slow", "--data", "-", rows="1")
    )


def test_a_name_that_is_nothing_is_answered_with_what_there_is(platform, job):
    message = failure(platform("logs", "local-nothing"))
    assert "no job, Spark step, pipeline run or endpoint 'local-nothing'" in message
    assert "`launchpad status` lists what exists" in message


def test_a_data_script_that_fails_is_reported_with_its_last_line(platform):
    message = failure(platform("data", "dataless"))
    assert "data.py failed with exit code 1" in message
    assert "the vineyard is closed" in message


def test_an_empty_channel_without_data_script_stops_the_run(platform, checkout):
    script = checkout.root / "workloads" / "dataless" / "data.py"
    text = script.read_text()
    script.unlink()
    try:
        message = failure(platform("run", "dataless"))
    finally:
        script.write_text(text)
    assert "channel 'training' is empty: put its files into s3://" in message


def test_a_workload_that_is_not_deployed_cannot_run_as_deployed(platform, checkout):
    platform.succeeds("new", "undeployed")
    message = failure(platform("run", "undeployed", "--deployed"))
    assert "workload 'undeployed' is not deployed; leave out --deployed, or deploy first" in message


def test_ctrl_c_while_following_leaves_the_job_running(platform, checkout):
    process = checkout.start("run", "slow", "--token", "c", **platform.aws.environment)
    for line in process.stdout:
        if "asleep" in line:
            break
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert rest.splitlines()[-1] == (
        "interrupted; the job goes on: follow it with `launchpad logs local-slow-c --follow`,"
        " end it with `launchpad stop local-slow-c`"
    )
    described = platform.client("sagemaker").describe_training_job(TrainingJobName="local-slow-c")
    assert described["TrainingJobStatus"] == "InProgress"
    platform.succeeds("stop", "local-slow-c")


def test_a_missing_environment_is_reported_with_the_deploy_command(checkout):
    with running_local_aws() as empty:
        process = checkout.start("run", WORKLOAD, **empty.environment)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "environment 'local' is not deployed" in output
    assert "run `launchpad deploy --env local`" in output

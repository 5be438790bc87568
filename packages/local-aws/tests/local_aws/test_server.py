"""The program itself: how it starts, what it tells, where it listens, and that nothing of it is left."""

# ruff: noqa: S310 (every URL is the server's own)

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.local_aws import launcher
from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import listening_addresses, processes_of, running_local_aws
from tests.local_aws.plain_endpoints import PlainEndpoints, server
from tests.local_aws.plain_jobs import PlainJobs

LAMBDA = "def handler(event, context):\n    import time\n    time.sleep(event.get('seconds', 0))\n    return 'done'\n"


def busy(aws):
    """Keep a job, a model server and a Lambda worker running; returns when all are."""
    aws.client("s3").create_bucket(Bucket="busy")
    jobs, endpoints = PlainJobs(aws, "busy"), PlainEndpoints(aws, "busy")
    job = jobs.start(
        "import subprocess, time; subprocess.Popen(['sleep', '60']); print('on', flush=True); time.sleep(60)"
    )
    endpoints.serving()
    launcher.create_function(aws, "sleeper", LAMBDA)
    aws.client("lambda").invoke(FunctionName="sleeper", Payload=b"{}")
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if jobs.describe(job)["SecondaryStatus"] == "Training" and jobs.log_lines(job) == ["on"]:
            break
        time.sleep(0.05)
    running = processes_of(aws.process.pid)
    assert len(running) >= 4, "a job with a child of its own, a model server, a Lambda worker"
    return running


def living(processes):
    return {process for process in processes if Path(f"/proc/{process}/cmdline").exists() and _command(process)}


def _command(process):
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def wait_until_gone(processes, seconds=10.0):
    deadline = time.monotonic() + seconds
    while living(processes) and time.monotonic() < deadline:
        time.sleep(0.05)
    return living(processes)


def test_it_prints_what_a_shell_needs_once_it_answers():
    with running_local_aws(*PLAIN, "--region", "eu-west-1", "--account", "111122223333") as aws:
        lines = [aws.process.stdout.readline().strip() for _ in range(7)]
        assert lines == [
            f"export SAGEMAKER_USER_CONFIG_OVERRIDE={aws.ready['state']}/sagemaker-sdk.yaml",
            f"export AWS_ENDPOINT_URL={aws.url}",
            "export AWS_ACCESS_KEY_ID=111122223333",
            f"export AWS_SECRET_ACCESS_KEY={aws.secret}",
            "export AWS_REGION=eu-west-1",
            "export AWS_DEFAULT_REGION=eu-west-1",
            f"export SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT={aws.url}",
        ]
        assert urllib.request.urlopen(f"{aws.url}/_ministack/health", timeout=5).status == 200
        sts = aws.client("sts", aws_access_key_id="111122223333")
        assert sts.get_caller_identity()["Account"] == "111122223333"


def test_the_ready_file_says_the_same(plain_aws):
    ready = plain_aws.ready
    assert ready["pid"] == plain_aws.process.pid
    assert ready["endpoint_url"] == f"http://127.0.0.1:{plain_aws.port}"
    assert (ready["region"], ready["account"]) == ("us-east-1", "123456789012")
    assert "ready on" in Path(ready["log"]).read_text()


def test_a_taken_port_is_one_clear_line_and_exit_code_2():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        process = launcher.start("--port", str(port))
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert errors.count("\n") == 1
    assert f"port {port} of 127.0.0.1 can't be used" in errors
    assert "--port 0" in errors


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--port", "http"], "is no port"),
        (["--port", "70000"], "is no port"),
        (["--account", "12"], "12 digits"),
        (["--region", "Virginia"], "such as us-east-1"),
        (["--parallel-jobs", "0"], "from 1 up"),
        (["--stop-grace", "-1"], "a number of seconds"),
        (["--port", "0", "--state", "/dev/null/here"], "--state /dev/null/here: Not a directory"),
    ],
)
def test_a_wrong_option_says_what_to_write(options, message):
    process = launcher.start(*options)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert message in errors


def test_a_runtime_that_cannot_be_loaded_says_what_to_write():
    process = launcher.start("--port", "0", "--runtime", "nowhere:Runtime")
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert errors.startswith("local_aws: --runtime nowhere:Runtime can't be loaded (No module named 'nowhere').")
    assert errors.count("\n") == 1


def test_every_socket_of_every_process_is_on_loopback(plain_aws):
    busy_bucket = f"sockets-{os.getpid()}"
    plain_aws.client("s3").create_bucket(Bucket=busy_bucket)
    PlainEndpoints(plain_aws, busy_bucket).serving()
    plain_aws.client("transfer").create_server()
    addresses = listening_addresses({plain_aws.process.pid, *processes_of(plain_aws.process.pid)})
    assert f"127.0.0.1:{plain_aws.port}" in addresses
    assert len(addresses) >= 2, "the server, and a model server"
    assert {address.rpartition(":")[0] for address in addresses} == {"127.0.0.1"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_takes_every_child_the_port_and_the_folder_along(number):
    with running_local_aws(*PLAIN) as aws:
        children, state = busy(aws), Path(aws.ready["state"])
        aws.process.send_signal(number)
        assert aws.process.wait(15) == 0
        assert not living(children)
        assert not state.exists()
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", aws.port)) != 0


def test_a_stop_does_not_wait_for_an_image_that_is_being_made():
    with running_local_aws(*PLAIN) as aws:
        aws.client("s3").create_bucket(Bucket="slow")
        jobs = PlainJobs(aws, "slow")
        image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/slow:1"
        name = jobs.start("pass", AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"})
        jobs.wait(name, "Downloading")
        deadline = time.monotonic() + 5
        while not (children := processes_of(aws.process.pid)) and time.monotonic() < deadline:
            time.sleep(0.02)
        aws.process.terminate()
        assert aws.process.wait(15) == 0
        assert children
        assert not living(children)


def test_a_stop_ends_the_wait_of_a_stack_for_its_endpoint():
    with running_local_aws(*PLAIN) as aws:
        aws.client("s3").create_bucket(Bucket="stack")
        endpoints = PlainEndpoints(aws, "stack")
        config = endpoints.config(endpoints.variant(endpoints.model(server("time.sleep(600)"))))
        body = {"Endpoint": {"Type": "AWS::SageMaker::Endpoint", "Properties": {"EndpointConfigName": config}}}
        aws.client("cloudformation").create_stack(StackName="w", TemplateBody=json.dumps({"Resources": body}))
        while not endpoints.sagemaker.list_endpoints()["Endpoints"]:
            time.sleep(0.02)
        log = Path(aws.ready["log"])
        with log.open() as lines:
            aws.process.terminate()
            assert aws.process.wait(15) == 0
            assert "ended by force" not in lines.read()


def test_a_kill_of_the_server_leaves_no_process_and_no_folder():
    with running_local_aws(*PLAIN) as aws:
        children, state = busy(aws), Path(aws.ready["state"])
        aws.process.kill()
        aws.process.wait(5)
        assert not wait_until_gone(children)
        deadline = time.monotonic() + 5
        while state.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not state.exists()


def test_a_folder_that_was_asked_for_is_kept_with_its_log(tmp_path):
    state = tmp_path / "run"
    with running_local_aws(*PLAIN, "--state", str(state)) as aws:
        assert aws.ready["log"] == str(state / "local-aws.log")
    assert (state / "local-aws.log").exists()


def test_two_servers_run_at_once_and_share_nothing(plain_aws):
    with running_local_aws(*PLAIN) as other:
        other.client("s3").create_bucket(Bucket="only-in-the-other")
        assert other.url != plain_aws.url
        names = [bucket["Name"] for bucket in plain_aws.client("s3").list_buckets()["Buckets"]]
        assert "only-in-the-other" not in names


def test_real_credentials_of_the_user_never_reach_a_child():
    secrets = {"AWS_PROFILE": "work", "AWS_ACCESS_KEY_ID": "AKIAREAL", "AWS_SESSION_TOKEN": "real"}
    with running_local_aws(*PLAIN, environment=secrets) as aws:
        launcher.create_function(aws, "shows", "import os\ndef handler(event, context):\n    return dict(os.environ)\n")
        variables = json.loads(aws.client("lambda").invoke(FunctionName="shows")["Payload"].read())
        assert not [name for name, value in variables.items() if value in secrets.values() and value]
        assert variables["AWS_ENDPOINT_URL"] == variables["SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT"] == aws.url


def test_web_pages_are_refused(plain_aws):
    request = urllib.request.Request(plain_aws.url, headers={"Origin": "https://example.com"})
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(request, timeout=5)


def test_it_is_quiet_but_for_the_export_lines():
    process = launcher.start("--port", "0", *PLAIN)
    try:
        lines = [process.stdout.readline() for _ in range(6)]
        assert all(re.match(r"export \w+=\S+$", line) for line in lines)
        process.terminate()
        output, errors = process.communicate(timeout=15)
        assert (output, errors) == ("", "")
    finally:
        launcher.stop(process)


def test_help_lists_every_option():
    text = subprocess.run(
        [launcher.PYTHON, "-m", "local_aws", "--help"], cwd=launcher.ROOT, capture_output=True, text=True, check=True
    ).stdout
    for option in ("--port", "--region", "--account", "--cache", "--state", "--ready-file", "--parallel-jobs"):
        assert option in text

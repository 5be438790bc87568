"""Several instances: what each is handed, its share of the data, its log; one network per job; one model for all."""

from __future__ import annotations

import http.server
import json
import shutil
import threading
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local_aws.runtimes.inside.process_tree import descendants
from tests.local_aws.runtimes.containers import wait_until
from tests.local_aws.script_jobs import running_script_jobs

TWO = {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 1}
GROUPS = {
    "InstanceGroups": [
        {"InstanceGroupName": "readers", "InstanceType": "ml.c5.xlarge", "InstanceCount": 1},
        {"InstanceGroupName": "trainers", "InstanceType": "ml.m5.large", "InstanceCount": 2},
    ],
    "VolumeSizeInGB": 1,
}
SHOW = """
    import json, os, pathlib
    print("told", pathlib.Path("/opt/ml/input/config/resourceconfig.json").read_text())
    data = pathlib.Path("/opt/ml/input/data")
    print("data", json.dumps({folder.name: sorted(os.listdir(folder)) for folder in data.iterdir()}))
    host = os.environ["SM_CURRENT_HOST"]
    pathlib.Path(f"/opt/ml/model/{host}").write_text(host)
    pathlib.Path("/opt/ml/model/shared").write_text(host)
"""
MEET = """
    import json, os, socket, sys, time
    hosts, host, port = json.loads(os.environ["SM_HOSTS"]), os.environ["SM_CURRENT_HOST"], 7777
    if host == hosts[0]:
        with socket.create_server((host, port)) as server:
            server.settimeout(60)
            connection, address = server.accept()
            time.sleep(2)  # so that two jobs hold the port at the same time
            connection.sendall(f"greetings from {os.environ['TRAINING_JOB_NAME']}".encode())
    else:
        for _ in range(600):
            try:
                connection = socket.create_connection((hosts[0], port), timeout=60)
                break
            except OSError:
                time.sleep(0.1)
        print("heard", connection.recv(1000).decode())
"""


@pytest.fixture(scope="module")
def scripts():
    with running_script_jobs() as jobs:
        yield jobs


@pytest.fixture(scope="module")
def grouped(scripts):
    for number in range(4):
        scripts.put(f"data/{number}.csv", str(number))
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://scripts/data/", "S3DataDistributionType": "ShardedByS3Key"}
    shared = {"ChannelName": "shared", "DataSource": {"S3DataSource": {**source, "InstanceGroupNames": ["trainers"]}}}
    whole_channel = scripts.channel("whole", "data/")
    return scripts.completed(SHOW, channels=[shared, whole_channel], ResourceConfig=GROUPS)


def told(scripts, job, host):
    (text,) = scripts.printed(job, "told", host)
    return json.loads(text)


def test_each_host_learns_its_own_name_and_those_of_all_hosts(scripts, grouped):
    assert told(scripts, grouped, "algo-2-") == {
        "current_host": "algo-2",
        "current_instance_type": "ml.m5.large",
        "current_group_name": "trainers",
        "hosts": ["algo-1", "algo-2", "algo-3"],
        "instance_groups": [
            {"instance_group_name": "readers", "instance_type": "ml.c5.xlarge", "hosts": ["algo-1"]},
            {"instance_group_name": "trainers", "instance_type": "ml.m5.large", "hosts": ["algo-2", "algo-3"]},
        ],
        "network_interface_name": "lo",
    }
    assert told(scripts, grouped, "algo-1-")["current_group_name"] == "readers"


def test_a_channel_is_shared_out_within_the_groups_that_it_names(scripts, grouped):
    data = [json.loads(scripts.printed(grouped, "data", f"algo-{number}-")[0]) for number in (1, 2, 3)]
    assert [host.get("shared") for host in data] == [None, ["0.csv", "2.csv"], ["1.csv", "3.csv"]]
    assert all(host["whole"] == ["0.csv", "1.csv", "2.csv", "3.csv"] for host in data)


def test_the_model_merges_all_hosts_and_the_first_host_wins(scripts, grouped):
    model = scripts.artefact(grouped["ModelArtifacts"]["S3ModelArtifacts"])
    expected = {name: name.encode() for name in ("algo-1", "algo-2", "algo-3")}
    assert model == {**expected, "shared": b"algo-1"}


def test_two_jobs_whose_hosts_talk_at_the_same_port_do_not_meet(scripts):
    names = [scripts.start(MEET, ResourceConfig=TWO) for _ in range(2)]
    for name in names:
        job = scripts.wait(name, seconds=120)
        assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
        assert scripts.printed(job, "heard", "algo-2") == [f"greetings from {name}"]


def test_the_hosts_of_an_isolated_job_reach_each_other_and_nothing_else(scripts):
    address = ("127.0.0.1", scripts.aws.port)
    alone = f"""
    import socket
    try:
        socket.create_connection({address!r}, timeout=5)
    except OSError as error:
        print("cut", "off")
    """
    job = scripts.completed(MEET + alone, ResourceConfig=TWO, EnableNetworkIsolation=True)
    assert scripts.printed(job, "heard") == [f"greetings from {job['TrainingJobName']}"]
    assert scripts.printed(job, "cut") == ["off", "off"]


class Greeting(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"hello {self.path}".encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def elsewhere():
    """A web server that is neither the local AWS nor at its address."""
    with http.server.ThreadingHTTPServer(("127.0.0.2", 0), Greeting) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.2:{server.server_address[1]}"
        server.shutdown()


def test_the_hosts_of_a_job_reach_aws_and_what_else_the_machine_reaches(scripts, elsewhere):
    script = f"""
    import boto3, socket, urllib.request
    boto3.client("s3").put_object(Bucket="scripts", Key="said/by/" + socket.gethostname(), Body=b"hello")
    print("proxied", urllib.request.urlopen("{elsewhere}/a?b=c", timeout=20).read().decode())
    """
    job = scripts.completed(script, ResourceConfig=TWO)
    assert scripts.printed(job, "proxied") == ["hello /a?b=c"] * 2
    objects = scripts.aws.client("s3").list_objects_v2(Bucket="scripts", Prefix="said/by/")["Contents"]
    assert [item["Key"] for item in objects] == ["said/by/algo-1", "said/by/algo-2"]


def test_one_failing_host_fails_the_job_and_stops_the_rest(scripts):
    script = """
    import os, time
    if os.environ["SM_CURRENT_HOST"] == "algo-2":
        raise ValueError("this host has no data")
    time.sleep(200)
    """
    job = scripts.wait(scripts.start(script, ResourceConfig=TWO), seconds=60)
    assert job["TrainingJobStatus"] == "Failed"
    assert "ValueError: this host has no data" in job["FailureReason"]
    assert job["FailureReason"].endswith("exit code: 1")


def test_a_killed_server_takes_all_hosts_and_their_network_along():
    with running_script_jobs() as jobs:
        name = jobs.start("import time; print('up', flush=True); time.sleep(200)", ResourceConfig=TWO)
        for host in ("algo-1", "algo-2"):
            wait_until(lambda host=host: "up" in jobs.host_lines(name, host), f"{host} started")
        family = descendants(jobs.aws.process.pid)
        assert any(b"network" in command(process) for process in family)
        jobs.aws.process.kill()
        jobs.aws.process.wait()
        wait_until(lambda: not [process for process in family if command(process)], "all processes ended", 15)


def command(process):
    """The command line of a process that lives; a zombie's is empty."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def test_mpi_on_a_machine_without_it_fails_with_what_to_install(scripts):
    if shutil.which("mpirun"):
        pytest.skip("this machine has an MPI")
    hyperparameters = {"sagemaker_mpi_enabled": True, "sagemaker_mpi_num_of_processes_per_host": 1}
    job = scripts.wait(scripts.start("pass", hyperparameters=hyperparameters), seconds=60)
    assert job["TrainingJobStatus"] == "Failed"
    assert "mpirun" in job["FailureReason"]
    assert "openmpi-bin" in job["FailureReason"]


@pytest.mark.parametrize(
    ("resources", "message"),
    [
        ({**GROUPS, "InstanceType": "ml.m5.large", "InstanceCount": 1}, "InstanceType and InstanceCount must not be"),
        ({**TWO, "InstanceCount": 0}, "must have at least one instance"),
        ({**GROUPS, "InstanceGroups": [GROUPS["InstanceGroups"][0]] * 2}, "Instance group names must be unique"),
    ],
)
def test_a_cluster_that_cannot_be_is_refused(scripts, resources, message):
    with pytest.raises(ClientError, match=message):
        scripts.start("pass", ResourceConfig=resources)

"""EMR's steps really run, Spark ones on S3. The first run builds Spark's environment (400 MB): pytest -m spark."""

from __future__ import annotations

import json
import re
import time
import uuid

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.emr_steps import EmrSteps
from tests.local_aws.launcher import ROOT, running_local_aws
from tests.local_aws.private_networks import Vpc
from tests.local_aws.state_machines import StateMachines, task

pytestmark = pytest.mark.spark
OPTIONS = ("--cache", str(ROOT / ".local-aws/cache"))
COUNT = """
import sys
from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("count").getOrCreate()
rows = spark.read.csv(sys.argv[1], header=True, inferSchema=True)
rows.groupBy("kind").sum("n").orderBy("kind").coalesce(1).write.mode("overwrite").csv(sys.argv[2])
rows.repartition(2).write.mode("overwrite").partitionBy("kind").parquet(sys.argv[2] + "-parquet")
print("rows", spark.read.parquet(sys.argv[2] + "-parquet").count(), spark.conf.get("spark.app.colour", "none"))
"""


@pytest.fixture(scope="module")
def emr():
    with running_local_aws(*OPTIONS, environment={"LOCAL_AWS_CLOCK": "120"}) as aws:
        bucket = f"bucket-{uuid.uuid4().hex[:12]}"
        aws.client("s3").create_bucket(Bucket=bucket)
        yield EmrSteps(aws, bucket)


@pytest.fixture(scope="module")
def vpc(emr):
    """A private network with a way to S3."""
    network = Vpc.create(emr.aws)
    network.add_gateway()
    return network


@pytest.fixture(scope="module")
def cluster(emr, vpc):
    """One in the private network that takes all the steps which need nothing else of it."""
    defaults = [
        {"Classification": "spark-defaults", "Properties": {"spark.app.colour": "blue", "spark.yarn.queue": "q"}}
    ]
    groups = {"EmrManagedMasterSecurityGroup": vpc.group, "EmrManagedSlaveSecurityGroup": vpc.group}
    placed = {"Ec2SubnetId": vpc.subnet, **groups}
    return emr.cluster(Configurations=defaults, StepConcurrencyLevel=2, placed=placed)


def test_a_spark_step_reads_and_writes_s3_as_it_would_on_a_cluster(emr, cluster):
    script = emr.put("code/count.py", COUNT)
    emr.put("in/a.csv", "kind,n\na,1\nb,2\n")
    emr.put("in/b.csv", "kind,n\na,3\nb,4\n")
    step = emr.run(
        cluster,
        *("spark-submit", "--deploy-mode", "cluster", "--master", "yarn", "--conf", "spark.yarn.maxAppAttempts=1"),
        *(script, f"s3://{emr.bucket}/in/", f"s3a://{emr.bucket}/out"),
    )
    assert step["Status"]["State"] == "COMPLETED", emr.log(cluster, step["Id"], "stderr")[-3000:]
    (part,) = [key for key in emr.keys("out/") if key.endswith(".csv")]
    assert emr.get(part) == b"a,4\nb,6\n"
    assert any(key.startswith("out-parquet/kind=a/") for key in emr.keys("out-parquet/"))
    assert not [key for key in emr.keys("out") if "_temporary" in key]
    assert emr.log(cluster, step["Id"], "stdout") == "rows 4 blue\n"
    assert step["Status"]["Timeline"]["EndDateTime"] > step["Status"]["Timeline"]["StartDateTime"]


def test_the_primary_groups_defaults_go_over_the_clusters(emr, vpc):
    def configurations(**properties):
        names = {f"spark.app.{name}": value for name, value in properties.items()}
        return [{"Classification": "spark-defaults", "Properties": names}]

    primary = {"InstanceRole": "MASTER", "InstanceType": "m5.xlarge", "InstanceCount": 1}
    group = {**primary, "Configurations": configurations(colour="red")}
    instances = {"InstanceGroups": [group], "KeepJobFlowAliveWhenNoSteps": True, "Ec2SubnetId": vpc.subnet}
    unused = {"Classification": "yarn-site", "Properties": {"yarn.a": "b"}}
    cluster = emr.cluster(Instances=instances, Configurations=[*configurations(colour="blue", size="s"), unused])
    step = emr.run(cluster, "bash", "-c", "grep spark.app /opt/ml/spark/conf/spark-defaults.conf")
    assert sorted(emr.log(cluster, step["Id"], "stdout").split()) == ["red", "s", "spark.app.colour", "spark.app.size"]
    assert "does not apply these classifications: yarn-site" in emr.log(cluster, step["Id"], "controller")


SHOWN = """
import logging, os, sys
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
print(os.environ["COLOUR"], spark._jsc.hadoopConfiguration().get("io.colour"), sys.executable != "/nowhere/python")
spark._jvm.org.apache.logging.log4j.LogManager.getLogger("own").info("told")
"""


def test_exports_hadoop_properties_and_log_levels_are_applied(emr, vpc):
    exports = {"COLOUR": "red and ${USER:-blue}", "PYSPARK_PYTHON": "/nowhere/python"}
    configurations = [
        {"Classification": "spark-env", "Configurations": [{"Classification": "export", "Properties": exports}]},
        {"Classification": "core-site", "Properties": {"io.colour": "green"}},
        {"Classification": "spark-log4j2", "Properties": {"logger.own.name": "own", "logger.own.level": "info"}},
    ]
    cluster = emr.cluster(Configurations=configurations, placed={"Ec2SubnetId": vpc.subnet})
    step = emr.run(cluster, "spark-submit", emr.put("code/shown.py", SHOWN))
    assert step["Status"]["State"] == "COMPLETED", emr.log(cluster, step["Id"], "stderr")[-3000:]
    assert re.fullmatch(r"red and \w+ green True\n", emr.log(cluster, step["Id"], "stdout"))
    assert "INFO own: told" in emr.log(cluster, step["Id"], "stderr")
    assert "classifications: spark-env PYSPARK_PYTHON" in emr.log(cluster, step["Id"], "controller")


def test_a_metastore_is_refused_by_name(emr):
    with pytest.raises(ClientError, match="spark-hive-site: read tables by their location"):
        emr.cluster(Configurations=[{"Classification": "spark-hive-site", "Properties": {"a": "b"}}])


def test_missing_input_fails_the_step_with_the_place_and_its_log(emr, cluster):
    script = emr.put("code/count.py", COUNT)
    step = emr.run(cluster, "spark-submit", script, f"s3://{emr.bucket}/nothing-here/", f"s3://{emr.bucket}/never")
    assert step["Status"]["State"] == "FAILED"
    details = step["Status"]["FailureDetails"]
    assert details["LogFile"] == f"s3://{emr.bucket}/logs/{cluster}/steps/{step['Id']}/stderr.gz"
    assert f"s3://{emr.bucket}/nothing-here" in details["Message"]
    assert f"Path does not exist: s3://{emr.bucket}/nothing-here" in emr.log(cluster, step["Id"], "stdout")


def test_a_failing_command_fails_only_its_step(emr, cluster):
    steps = emr.add(
        cluster,
        emr.step("python3", "-c", "import sys; sys.exit('the table is empty')"),
        emr.step("bash", "-c", "echo fine"),
    )
    failed, following = [emr.wait(cluster, step) for step in steps]
    assert failed["Status"]["FailureDetails"]["Message"] == "the table is empty"
    assert following["Status"]["State"] == "COMPLETED"
    assert emr.log(cluster, following["Id"], "stdout") == "fine\n"


def test_script_runner_fetches_the_script_and_gives_it_its_arguments(emr, cluster):
    script = emr.put("code/hello.sh", "echo hello $1 && command -v spark-submit")
    step = emr.run(cluster, script, "world", jar="s3://us-east-1.elasticmapreduce/libs/script-runner/script-runner.jar")
    lines = emr.log(cluster, step["Id"], "stdout").splitlines()
    assert lines == ["hello world", "/opt/ml/spark/bin/spark-submit"]


def test_a_script_that_is_not_there_fails_by_name(emr, cluster):
    step = emr.run(cluster, f"s3://{emr.bucket}/code/none.sh", jar="script-runner.jar")
    assert f"s3://{emr.bucket}/code/none.sh can't be read" in step["Status"]["FailureDetails"]["Message"]


def test_a_jar_that_can_not_run_here_says_what_to_write(emr, cluster):
    step = emr.run(cluster, "x", jar="s3://jars/my.jar")
    assert "write Jar: command-runner.jar" in step["Status"]["FailureDetails"]["Message"]


def test_a_running_step_is_cancelled_and_a_pending_one_never_begins(emr):
    cluster = emr.cluster()
    running, pending = emr.add(cluster, emr.step("sleep", "100"), emr.step("bash", "-c", "echo never"))
    emr.wait(cluster, running, "RUNNING")
    assert emr.describe(cluster, pending)["Status"]["State"] == "PENDING"
    answers = emr.emr.cancel_steps(ClusterId=cluster, StepIds=[pending, running])["CancelStepsInfoList"]
    assert [info["Status"] for info in answers] == ["SUBMITTED", "SUBMITTED"]
    assert emr.wait(cluster, running)["Status"]["State"] == "CANCELLED"
    assert emr.wait(cluster, pending)["Status"]["State"] == "CANCELLED"
    (info,) = emr.emr.cancel_steps(ClusterId=cluster, StepIds=[running])["CancelStepsInfoList"]
    assert info["Status"] == "FAILED"
    steps = emr.emr.list_steps(ClusterId=cluster, StepStates=["CANCELLED"])["Steps"]
    assert [step["Id"] for step in steps] == [pending, running]


def test_a_failed_step_ends_the_cluster_where_so_asked(emr):
    cluster = emr.cluster()
    failing = emr.step("false", ActionOnFailure="TERMINATE_CLUSTER")
    _, second = emr.add(cluster, failing, emr.step("bash", "-c", "echo never"))
    status = emr.wait_cluster(cluster, "TERMINATED_WITH_ERRORS")
    assert status["StateChangeReason"]["Code"] == "STEP_FAILURE"
    assert emr.wait(cluster, second)["Status"]["State"] == "CANCELLED"


def test_cancel_and_wait_cancels_the_steps_after_a_failure(emr):
    cluster = emr.cluster()
    _, second = emr.add(cluster, emr.step("false", ActionOnFailure="CANCEL_AND_WAIT"), emr.step("true"))
    assert emr.wait(cluster, second)["Status"]["State"] == "CANCELLED"
    assert emr.wait_cluster(cluster, "WAITING")


def test_a_cluster_that_is_not_kept_alive_ends_after_its_steps(emr):
    cluster = emr.cluster(keep=False, Steps=[emr.step("true")])
    status = emr.wait_cluster(cluster, "TERMINATED")
    assert status["StateChangeReason"]["Code"] == "ALL_STEPS_COMPLETED"
    (step,) = emr.emr.list_steps(ClusterId=cluster)["Steps"]
    assert step["Status"]["State"] == "COMPLETED"


def test_an_idle_cluster_ends_by_its_policy_but_not_while_a_step_runs(emr):
    cluster = emr.cluster(AutoTerminationPolicy={"IdleTimeout": 240})  # two seconds on this server's clock
    (step,) = emr.add(cluster, emr.step("sleep", "4"))
    assert emr.wait(cluster, step)["Status"]["State"] == "COMPLETED"
    assert emr.wait_cluster(cluster, "TERMINATED")


def test_terminating_the_cluster_cancels_what_runs(emr):
    cluster = emr.cluster()
    (step,) = emr.add(cluster, emr.step("sleep", "100"))
    emr.wait(cluster, step, "RUNNING")
    emr.emr.terminate_job_flows(JobFlowIds=[cluster])
    assert emr.wait(cluster, step)["Status"]["State"] == "CANCELLED"
    with pytest.raises(emr.emr.exceptions.ClientError, match="is shutting down, terminated, or finished"):
        emr.add(cluster, emr.step("true"))


def test_step_changes_go_to_eventbridge(emr, cluster):
    events, queues = emr.aws.client("events"), emr.aws.client("sqs")
    queue = queues.create_queue(QueueName="steps")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["aws.emr"], "detail-type": ["EMR Step Status Change"], "detail": {"state": ["FAILED"]}}
    events.put_rule(Name="steps", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="steps", Targets=[{"Id": "queue", "Arn": arn}])
    step = emr.run(cluster, "false")
    (message,) = queues.receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"]
    detail = json.loads(message["Body"])["detail"]
    assert (detail["stepId"], detail["clusterId"]) == (step["Id"], cluster)


def test_a_state_machine_waits_for_a_step_and_fails_with_its_description(emr, cluster):
    machines = StateMachines(emr.aws)
    arguments = {"ClusterId": cluster, "Step": emr.step("bash", "-c", "echo from states")}
    result = machines.output({"Spark": task("elasticmapreduce:addStep.sync", "{% $states.input %}")}, arguments)
    assert result["Step"]["Status"]["State"] == "COMPLETED"
    failing = {**arguments, "Step": emr.step("bash", "-c", "echo wrong >&2; exit 3")}
    execution = machines.run({"Spark": task("elasticmapreduce:addStep.sync", failing)})
    assert execution["error"] == "States.TaskFailed"
    assert json.loads(execution["cause"])["Step"]["Status"]["FailureDetails"]["Message"] == "wrong"
    unknown = machines.run({"Spark": task("elasticmapreduce:addStep.sync", {**arguments, "ClusterId": "j-NONE"})})
    assert unknown["error"] == "ElasticMapReduce.InvalidRequestException"


def test_stopping_the_execution_cancels_the_step(emr):
    machines, cluster = StateMachines(emr.aws), emr.cluster()
    arguments = {"ClusterId": cluster, "Step": emr.step("sleep", "100")}
    arn = machines.start({"Spark": task("elasticmapreduce:addStep.sync", arguments)})
    deadline = time.monotonic() + 30
    while not (steps := emr.emr.list_steps(ClusterId=cluster)["Steps"]) and time.monotonic() < deadline:
        time.sleep(0.1)
    emr.wait(cluster, steps[0]["Id"], "RUNNING")
    machines.client.stop_execution(executionArn=arn)
    assert emr.wait(cluster, steps[0]["Id"])["Status"]["State"] == "CANCELLED"


def test_without_java_the_step_says_what_to_install():
    with running_local_aws(*OPTIONS, environment={"JAVA_HOME": "/no/java/here"}) as aws:
        aws.client("s3").create_bucket(Bucket="logs-without-java")
        emr = EmrSteps(aws, "logs-without-java")
        step = emr.run(emr.cluster(), "spark-submit", "s3://code/job.py")
    assert step["Status"]["State"] == "FAILED"
    assert "Spark needs Java 17 or newer" in step["Status"]["FailureDetails"]["Message"]

"""A training job runs as on SageMaker: states, files, logs, metrics, artifacts."""

from __future__ import annotations

import itertools
import json
import time

from botocore.exceptions import ClientError

SHOW_FOLDER = """
    import json, os, pathlib
    files = [path for path in pathlib.Path("input").rglob("*") if path.is_file()]
    print(json.dumps({str(path): path.read_text() for path in files}))
    print(json.dumps(dict(os.environ)))
"""


def test_a_job_runs_its_program_and_completes(jobs):
    job = jobs.run("print('hello from the job')")
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Completed"
    assert jobs.log_lines(job["TrainingJobName"]) == ["hello from the job"]


def test_the_secondary_statuses_follow_each_other_without_a_gap(jobs):
    job = jobs.run()
    transitions = job["SecondaryStatusTransitions"]
    assert [item["Status"] for item in transitions] == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert all(before["EndTime"] == after["StartTime"] for before, after in itertools.pairwise(transitions))
    assert all(item["StatusMessage"] for item in transitions)
    assert all(item["StartTime"] <= item["EndTime"] for item in transitions)
    assert job["CreationTime"] <= job["TrainingStartTime"] <= job["TrainingEndTime"] <= job["LastModifiedTime"]
    assert job["TrainingTimeInSeconds"] == job["BillableTimeInSeconds"] >= 1


def test_describe_gives_back_the_request_with_sagemakers_defaults(jobs):
    request = jobs.request("pass", HyperParameters={"epochs": "3"}, Environment={"MODE": "fast"})
    jobs.aws.client("sagemaker").create_training_job(**request)
    job = jobs.wait(request["TrainingJobName"])
    for member in ("RoleArn", "ResourceConfig", "HyperParameters"):
        assert job[member] == request[member]
    algorithm = {"EnableSageMakerMetricsTimeSeries": False, **request["AlgorithmSpecification"]}
    assert job["AlgorithmSpecification"] == algorithm
    assert job["OutputDataConfig"] == {"KmsKeyId": "", "CompressionType": "GZIP", **request["OutputDataConfig"]}
    assert job["EnableNetworkIsolation"] is False
    assert job["EnableManagedSpotTraining"] is False
    assert job["TrainingJobArn"].endswith(f":training-job/{request['TrainingJobName']}")


def test_the_program_finds_what_sagemaker_puts_under_opt_ml(jobs):
    jobs.put("data/train/a.csv", "1,2")
    jobs.put("data/train/deep/b.csv", "3,4")
    request = jobs.request(SHOW_FOLDER, HyperParameters={"epochs": "3"})
    request["InputDataConfig"].append(jobs.channel("training", "data/train", ContentType="text/csv"))
    jobs.aws.client("sagemaker").create_training_job(**request)
    name = request["TrainingJobName"]
    assert jobs.wait(name)["TrainingJobStatus"] == "Completed"
    files = json.loads(jobs.log_lines(name)[0])
    assert files["input/data/training/a.csv"] == "1,2"
    assert files["input/data/training/deep/b.csv"] == "3,4"
    assert json.loads(files["input/config/hyperparameters.json"]) == {"epochs": "3"}
    assert json.loads(files["input/config/inputdataconfig.json"])["training"] == {
        "ContentType": "text/csv",
        "TrainingInputMode": "File",
        "S3DistributionType": "FullyReplicated",
        "RecordWrapperType": "None",
    }
    resources = json.loads(files["input/config/resourceconfig.json"])
    assert (resources["current_host"], resources["hosts"]) == ("algo-1", ["algo-1"])
    assert resources["current_instance_type"] == "ml.m5.large"


def test_the_program_has_sagemakers_environment_and_the_requests_own(jobs):
    job = jobs.run(SHOW_FOLDER, Environment={"MODE": "fast"})
    variables = json.loads(jobs.log_lines(job["TrainingJobName"])[1])
    assert variables["TRAINING_JOB_NAME"] == job["TrainingJobName"]
    assert variables["TRAINING_JOB_ARN"] == job["TrainingJobArn"]
    assert variables["AWS_REGION"] == "us-east-1"
    assert variables["MODE"] == "fast"
    assert variables["AWS_ENDPOINT_URL"] == variables["SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT"] == jobs.aws.url


def test_an_isolated_job_gets_no_credentials_and_no_endpoint(jobs):
    job = jobs.run(SHOW_FOLDER, EnableNetworkIsolation=True)
    variables = json.loads(jobs.log_lines(job["TrainingJobName"])[1])
    assert (
        not {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL", "SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT"}
        & variables.keys()
    )


def test_a_prefix_may_be_one_object_or_end_within_a_name(jobs):
    jobs.put("table/train.csv", "whole")
    jobs.put("table/train.csv.bak", "backup")
    request = jobs.request(
        "import os; print(sorted(os.listdir('input/data/one')), sorted(os.listdir('input/data/all')))"
    )
    request["InputDataConfig"] += [jobs.channel("one", "table/train.csv.b"), jobs.channel("all", "table/tr")]
    jobs.aws.client("sagemaker").create_training_job(**request)
    jobs.wait(request["TrainingJobName"])
    assert jobs.log_lines(request["TrainingJobName"]) == ["['train.csv.bak'] ['train.csv', 'train.csv.bak']"]


def test_a_manifest_names_the_objects_of_a_channel(jobs):
    jobs.put("images/cat.txt", "cat")
    jobs.put("images/dog.txt", "dog")
    manifest = jobs.put("chosen.manifest", json.dumps([{"prefix": f"s3://{jobs.bucket}/images/"}, "dog.txt"]))
    request = jobs.request("import os; print(os.listdir('input/data/chosen'))")
    source = {"S3DataType": "ManifestFile", "S3Uri": manifest}
    request["InputDataConfig"].append({"ChannelName": "chosen", "DataSource": {"S3DataSource": source}})
    jobs.aws.client("sagemaker").create_training_job(**request)
    jobs.wait(request["TrainingJobName"])
    assert jobs.log_lines(request["TrainingJobName"]) == ["['dog.txt']"]


def test_keys_with_dots_stay_in_the_channels_folder(jobs):
    jobs.put("odd/../../../../escaped.txt", "out")
    request = jobs.request(
        "import os; print(os.path.exists('input/data/odd/escaped.txt'), os.path.exists('escaped.txt'))"
    )
    request["InputDataConfig"].append(jobs.channel("odd", "odd/"))
    jobs.aws.client("sagemaker").create_training_job(**request)
    jobs.wait(request["TrainingJobName"])
    assert jobs.log_lines(request["TrainingJobName"]) == ["True False"]


def test_the_model_folder_becomes_model_tar_gz_under_the_output_path(jobs):
    job = jobs.run("open('model/weights', 'w').write('1 2 3')")
    uri = job["ModelArtifacts"]["S3ModelArtifacts"]
    assert uri == f"s3://{jobs.bucket}/output/{job['TrainingJobName']}/output/model.tar.gz"
    assert jobs.artefact(uri) == {"weights": b"1 2 3"}


def test_the_output_data_folder_becomes_output_tar_gz(jobs):
    job = jobs.run("open('output/data/plot.txt', 'w').write('up')")
    uri = f"s3://{jobs.bucket}/output/{job['TrainingJobName']}/output/output.tar.gz"
    assert jobs.artefact(uri) == {"plot.txt": b"up"}


def test_artifacts_are_uploaded_plain_when_asked(jobs):
    job = jobs.run(
        "open('model/weights', 'w').write('1'); open('output/data/plot.txt', 'w').write('up')",
        OutputDataConfig={"S3OutputPath": f"s3://{jobs.bucket}/plain", "CompressionType": "NONE"},
    )
    prefix = f"plain/{job['TrainingJobName']}/output"
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://{jobs.bucket}/{prefix}/model/"
    objects = jobs.aws.client("s3").list_objects_v2(Bucket=jobs.bucket, Prefix=prefix)["Contents"]
    assert [item["Key"] for item in objects] == [f"{prefix}/data/plot.txt", f"{prefix}/model/weights"]


def test_artifacts_are_encrypted_with_the_requests_key(jobs):
    key = jobs.aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    job = jobs.run("pass", OutputDataConfig={"S3OutputPath": f"s3://{jobs.bucket}/kms", "KmsKeyId": key})
    artefact = f"kms/{job['TrainingJobName']}/output/model.tar.gz"
    head = jobs.aws.client("s3").head_object(Bucket=jobs.bucket, Key=artefact)
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)


def test_metrics_in_the_output_become_final_metrics_and_cloudwatch_metrics(jobs):
    algorithm = {
        "TrainingImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/plain:1",
        "TrainingInputMode": "File",
        "MetricDefinitions": [
            {"Name": "loss", "Regex": "loss=([0-9.]+)"},
            {"Name": "never", "Regex": "never=([0-9.]+)"},
            {"Name": "odd", "Regex": "odd=(.+)"},
        ],
    }
    script = "print('epoch 1 loss=0.5'); print('epoch 2 loss=0.25 odd=not-a-number')"
    job = jobs.run(script, AlgorithmSpecification=algorithm)
    assert [(item["MetricName"], item["Value"]) for item in job["FinalMetricDataList"]] == [("loss", 0.25)]
    statistics = jobs.aws.client("cloudwatch").get_metric_statistics(
        Namespace="/aws/sagemaker/TrainingJobs",
        MetricName="loss",
        Dimensions=[{"Name": "TrainingJobName", "Value": job["TrainingJobName"]}],
        StartTime=time.time() - 3600,
        EndTime=time.time() + 60,
        Period=3600,
        Statistics=["SampleCount", "Maximum"],
    )["Datapoints"]
    assert sum(point["SampleCount"] for point in statistics) == 2
    assert max(point["Maximum"] for point in statistics) == 0.5


def test_state_changes_reach_eventbridge(jobs):
    events, sqs = jobs.aws.client("events"), jobs.aws.client("sqs")
    queue = sqs.create_queue(QueueName=f"queue-{jobs.bucket}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    name = jobs.request("pass")["TrainingJobName"]
    pattern = {"source": ["aws.sagemaker"], "detail": {"TrainingJobName": [name]}}
    events.put_rule(Name=f"rule-{jobs.bucket}", EventPattern=json.dumps(pattern))
    events.put_targets(Rule=f"rule-{jobs.bucket}", Targets=[{"Id": "queue", "Arn": arn}])
    jobs.run("pass", TrainingJobName=name)
    received = []
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages"):
        received += [json.loads(message["Body"]) for message in messages]
        for message in messages:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        if any(event["detail"]["TrainingJobStatus"] == "Completed" for event in received):
            break
    assert {event["detail-type"] for event in received} == {"SageMaker Training Job State Change"}
    assert received[0]["detail"]["SecondaryStatus"] == "Starting"
    assert received[-1]["detail"]["SecondaryStatus"] == "Completed"
    assert received[-1]["detail"]["CreationTime"] > 1_000_000_000_000, "milliseconds, as AWS has it in events"


def test_jobs_run_side_by_side(jobs, tmp_path):
    script = f"""
        import pathlib, tempfile, time
        tempfile.mkstemp(dir={str(tmp_path)!r})
        while len(list(pathlib.Path({str(tmp_path)!r}).iterdir())) < 3:  # until all three run
            time.sleep(0.02)
    """
    names = [jobs.start(script) for _ in range(3)]
    assert {jobs.wait(name)["TrainingJobStatus"] for name in names} == {"Completed"}


def test_a_finished_job_can_be_deleted_and_a_running_one_not(jobs):
    sagemaker = jobs.aws.client("sagemaker")
    name = jobs.start("import time; time.sleep(0.5)")
    try:
        sagemaker.delete_training_job(TrainingJobName=name)
        raise AssertionError("a running job was deleted")
    except ClientError as error:
        assert error.response["Error"]["Code"] == "ResourceInUse"
    jobs.wait(name)
    sagemaker.delete_training_job(TrainingJobName=name)
    assert name not in [job["TrainingJobName"] for job in sagemaker.list_training_jobs()["TrainingJobSummaries"]]

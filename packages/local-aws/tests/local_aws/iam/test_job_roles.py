"""A job may do what the policies of its role say: read and write objects, use keys, pull its image."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.permissions import PULL, allow, role, working
from tests.local_aws.plain_jobs import PlainJobs


def test_a_job_runs_with_a_role_that_may_do_what_it_takes(aws, jobs):
    ended = jobs.run("pass", RoleArn=working(aws, jobs.bucket))
    assert ended["TrainingJobStatus"] == "Completed", ended.get("FailureReason")


def test_a_job_whose_role_may_not_read_fails_and_says_so(aws, jobs):
    ended = jobs.run("pass", RoleArn=role(aws, allow("s3:ListBucket"), allow("s3:PutObject"), allow(PULL)))
    assert ended["TrainingJobStatus"] == "Failed"
    assert "download" in ended["FailureReason"]


def test_a_job_whose_role_may_not_write_fails_and_says_so(aws, jobs):
    ended = jobs.run("pass", RoleArn=role(aws, allow(["s3:ListBucket", "s3:GetObject"]), allow(PULL)))
    assert ended["TrainingJobStatus"] == "Failed"
    assert "upload" in ended["FailureReason"]


@pytest.mark.parametrize("permitted", [False, True])
def test_an_output_with_a_key_takes_encryption_with_that_key(aws, jobs, permitted):
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    encrypt = [allow(["kms:Encrypt", "kms:GenerateDataKey"] if permitted else "kms:GenerateDataKey", key)]
    objects = allow(["s3:GetObject", "s3:PutObject", "s3:ListBucket"])
    output = {"S3OutputPath": f"s3://{jobs.bucket}/output", "KmsKeyId": key}
    request = jobs.request("pass", RoleArn=role(aws, objects, allow(PULL), *encrypt), OutputDataConfig=output)
    if permitted:
        aws.client("sagemaker").create_training_job(**request)
    else:
        with pytest.raises(ClientError, match="kms:Encrypt"):
            aws.client("sagemaker").create_training_job(**request)


def test_an_image_that_the_role_may_not_pull_is_refused(aws, jobs):
    with pytest.raises(ClientError, match="ecr:BatchGetImage"):
        aws.client("sagemaker").create_training_job(
            **jobs.request(
                "pass", RoleArn=role(aws, allow([action for action in PULL if action != "ecr:BatchGetImage"]))
            )
        )


@pytest.mark.parametrize(
    ("actions", "status"), [(["kms:Decrypt"], "Completed"), ([], "Failed")], ids=["with", "without"]
)
def test_an_encrypted_object_takes_its_key_too(aws, jobs, actions, status):
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    text = b"encrypted"
    aws.client("s3").put_object(
        Bucket=jobs.bucket, Key="data/a", Body=text, ServerSideEncryption="aws:kms", SSEKMSKeyId=key
    )
    statements = [allow(["s3:ListBucket", "s3:GetObject", "s3:PutObject"]), allow(PULL)]
    if actions:
        statements.append(allow(actions, key))
    request = jobs.request("pass", RoleArn=role(aws, *statements))
    request["InputDataConfig"].append(jobs.channel("data", "data/"))
    aws.client("sagemaker").create_training_job(**request)
    assert jobs.wait(request["TrainingJobName"])["TrainingJobStatus"] == status


def test_every_decision_is_written_down(aws, jobs):
    arn = working(aws, jobs.bucket)
    jobs.run("pass", RoleArn=arn)
    calls = [json.loads(line) for line in Path(aws.ready["state"], "iam-calls.jsonl").read_text().splitlines()]
    own = {call["action"] for call in calls if f":assumed-role/{arn.rpartition('/')[2]}/" in call["principal"]}
    assert {"s3:GetObject", "s3:PutObject", "ecr:BatchGetImage"} <= own


def test_without_the_option_a_role_need_not_exist(plain_aws, bucket):
    ended = PlainJobs(plain_aws, bucket).run("pass", RoleArn="arn:aws:iam::123456789012:role/nobody")
    assert ended["TrainingJobStatus"] == "Completed"


def test_variables_named_as_members_are_no_roles_images_keys_or_networks(aws, jobs):
    named = dict.fromkeys(("RoleArn", "Image", "VolumeKmsKeyId", "VpcConfig"), "hello")
    ended = jobs.run("pass", RoleArn=working(aws, jobs.bucket), Environment=named)
    assert ended["TrainingJobStatus"] == "Completed", ended.get("FailureReason")

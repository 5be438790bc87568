"""Processing jobs on AWS's scikit-learn image: its packages, its isolation, and what it takes to start."""

from __future__ import annotations

import uuid

import pytest

from tests.local_aws.launcher import ROOT, running_local_aws
from tests.local_aws.plain_processing import ProcessingJobs

SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"


@pytest.fixture(scope="module")
def real():
    """Jobs on the real scikit-learn image, whose environment is kept between runs."""
    with running_local_aws("--cache", str(ROOT / ".local-aws/cache"), "--stop-grace", "2") as aws:
        bucket = f"bucket-{uuid.uuid4().hex[:12]}"
        aws.client("s3").create_bucket(Bucket=bucket)
        yield ProcessingJobs(aws, bucket, SKLEARN)


def test_a_framework_image_has_opt_ml_and_its_packages(real):
    real.put("numbers/a.csv", "1\n2\n3\n")
    name = real.start(
        """
        import pathlib, sys
        import pandas, sklearn
        rows = pandas.read_csv("/opt/ml/processing/input/numbers/a.csv", header=None)
        pathlib.Path("/opt/ml/processing/output/sum/total.txt").write_text(str(rows[0].sum()))
        print("sklearn", sklearn.__version__.split(".")[0], sys.argv[1])
        """,
        real.input("numbers", f"s3://{real.bucket}/numbers/"),
        outputs=[real.output("sum", "sums")],
        arguments=["/opt/ml/processing/output/sum"],
    )
    job = real.wait(name, seconds=240)
    assert job["ProcessingJobStatus"] == "Completed", (job.get("FailureReason"), real.log_lines(name))
    assert real.get("sums/total.txt") == b"6"
    assert real.log_lines(name)[-1] == "sklearn 1 /opt/ml/processing/output/sum"


def test_network_isolation_cuts_the_script_off(real):
    name = real.start(
        """
        import os, urllib.request
        print("credentials" if "AWS_ACCESS_KEY_ID" in os.environ else "no credentials")
        try:
            urllib.request.urlopen("{url}", timeout=3)
            print("reached")
        except OSError as error:
            print("cut off")
        """.replace("{url}", real.aws.url),
        NetworkConfig={"EnableNetworkIsolation": True},
    )
    assert real.wait(name, seconds=240)["ProcessingJobStatus"] == "Completed"
    lines = real.log_lines(name)
    if any("NOT in force" in line for line in lines):
        pytest.skip("this machine gives no Linux namespaces")
    assert lines == ["no credentials", "cut off"]


def test_a_framework_image_without_an_entrypoint_is_refused(real):
    job = real.run("print()", AppSpecification={"ImageUri": SKLEARN})
    assert job["ProcessingJobStatus"] == "Failed"
    assert "name a program in ContainerEntrypoint" in job["FailureReason"]

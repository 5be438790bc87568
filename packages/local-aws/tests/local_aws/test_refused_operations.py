"""Every operation of SageMaker's API is there, or refused at the first call, by name, with what to use instead."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

import pytest

from tests.local_aws.launcher import PYTHON, LocalAws
from tests.local_aws.signed import JSON_1_1, send

NAMES = (
    "import botocore.session, json\n"
    "model = botocore.session.get_session().get_service_model('sagemaker')\n"
    "print(json.dumps(list(model.operation_names)))"
)


def post(aws: LocalAws, operation: str) -> tuple[int, dict[str, Any]]:
    """Send an empty request, whatever the operation requires."""
    headers = {"X-Amz-Target": f"SageMaker.{operation}", "Content-Type": JSON_1_1}
    response = send(aws, "sagemaker", b"{}", headers)
    return response.status, json.loads(response.data or b"{}")


@pytest.fixture(scope="module")
def operations():
    """The operations in the model of the server's own botocore."""
    result = subprocess.run([str(PYTHON), "-c", NAMES], capture_output=True, text=True, check=True)
    return json.loads(result.stdout)


def test_each_operation_answers_or_names_a_remedy(plain_aws: LocalAws, operations):
    refusals = {}
    for operation in operations:
        status, document = post(plain_aws, operation)
        message = document.get("message", "")
        if document.get("__type") == "NotImplementedException" and f"sagemaker:{operation}" in message:
            refusals[operation] = message
        else:
            assert status < 500, (operation, document)
    assert len(operations) > 400
    assert len(operations) - len(refusals) > 110
    pattern = r"The local AWS does not implement sagemaker:{}: \w.+\."
    without = [name for name, message in refusals.items() if not re.fullmatch(pattern.format(name), message)]
    assert without == []


@pytest.mark.parametrize(
    ("operation", "remedy"),
    [
        ("CreateFeatureGroup", "keep features as files in S3"),
        ("CreatePresignedNotebookInstanceUrl", "open the notebook on this machine"),
        ("CreateInferenceExperiment", "ShadowProductionVariants"),
        ("CreateAutoMLJobV2", "CreateHyperParameterTuningJob"),
        ("CreateCompilationJob", "CreateModel"),
    ],
)
def test_a_refusal_says_what_to_use_instead(plain_aws: LocalAws, operation, remedy):
    _, document = post(plain_aws, operation)
    assert remedy in document["message"]

"""What CreateModel refuses about a model's containers, with AWS's words where they are known."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.api.errors import AwsError
from local_aws.sagemaker.model_checks import check_container, check_lists, check_together, missing_label
from local_aws.sagemaker.transform_requests import check_model

ONE = {"Image": "image:1"}
MANY = {**ONE, "Mode": "MultiModel", "ModelDataUrl": "s3://bucket/models/"}


def message(check: Any, *arguments: Any, **options: Any) -> str:
    with pytest.raises(AwsError) as caught:
        check(*arguments, **options)
    assert caught.value.code == "ValidationException"
    return str(caught.value)


@pytest.mark.parametrize(
    ("request_members", "words"),
    [
        ({}, "Either PrimaryContainer or Containers must be specified."),
        ({"Containers": []}, "Either PrimaryContainer or Containers must be specified."),
        ({"PrimaryContainer": ONE, "Containers": [ONE]}, "Only one of PrimaryContainer and Containers"),
        ({"PrimaryContainer": ONE, "InferenceExecutionConfig": {"Mode": "Direct"}}, "models that have Containers"),
    ],
)
def test_a_model_has_one_list_of_containers(request_members: dict[str, Any], words: str) -> None:
    assert words in message(check_lists, request_members)


def named(*names: str) -> list[dict[str, Any]]:
    return [{**ONE, "ContainerHostname": name} if name else dict(ONE) for name in names]


@pytest.mark.parametrize(
    ("containers", "direct", "words"),
    [
        (named("one", ""), False, "must be specified for every container"),
        (named("one", "one"), False, "must be unique"),
        (named("", ""), True, "must be specified for each container if the mode is Direct"),
        ([MANY, MANY], False, "More than one container in MultiModel mode is not supported with inference pipeline."),
    ],
)
def test_containers_that_can_not_be_together(containers: list[dict[str, Any]], direct: bool, words: str) -> None:
    assert words in message(check_together, containers, direct=direct)


@pytest.mark.parametrize("containers", [named("", ""), named("one", "two"), [ONE, MANY], [MANY]])
def test_containers_that_can_be_together(containers: list[dict[str, Any]]) -> None:
    check_together(containers, direct=False)


@pytest.mark.parametrize(
    ("container", "words"),
    [
        ({}, "needs an Image"),
        ({**ONE, "MultiModelConfig": {}}, "MultiModelConfig is only for"),
        ({**ONE, "Mode": "MultiModel"}, "needs a ModelDataUrl"),
        ({**MANY, "ModelDataSource": {}}, "ModelDataSource can't be used"),
    ],
)
def test_a_container_with_members_that_do_not_fit(container: dict[str, Any], words: str) -> None:
    assert words in message(check_container, container)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ({"Containers": [MANY]}, "Mode is MultiModel"),
        ({"PrimaryContainer": {**ONE, "ModelDataSource": {}}}, "ModelDataSource"),
        ({"Containers": [ONE, ONE], "InferenceExecutionConfig": {"Mode": "Direct"}}, "is Direct"),
    ],
)
def test_a_model_that_a_transform_job_can_not_use(model: dict[str, Any], words: str) -> None:
    assert words in message(check_model, model)


def test_an_image_without_the_needed_label_is_refused_by_name() -> None:
    label = "com.amazonaws.sagemaker.capabilities"
    words = f"Your Ecr Image image:1 does not contain required {label}.multi-models=true Docker label(s)."
    assert str(missing_label(MANY, frozenset({"accept-bind-to-port"}), several=True)) == words
    assert f"{label}.accept-bind-to-port=true" in str(missing_label(ONE, frozenset(), several=True))
    assert missing_label(ONE, frozenset(), several=False) is None

"""Every image that this repository serves, in each mode of SageMaker: it answers, or AWS's refusal has its words.

Each cell is an endpoint of the runtime without Docker, with a model that the image's own library has made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from launchpad import paths
from local_aws.runtimes.command_lines import check_needs
from tests.local_aws.launcher import running_local_aws
from tests.local_aws.plain_endpoints import PlainEndpoints
from tests.modes.deployments import Deployments
from tests.modes.models import CACHE, Workshop
from tests.modes.rows import IMAGES, LABELS, MODES, ROWS, SERVERLESS, SHARED, STREAMS, Row, find

pytestmark = pytest.mark.workloads
BUCKET = "models"
CANNOT_START = (
    "CannotStartContainerError. Please ensure the model container for variant AllTraffic starts correctly when invoked "
    "with 'docker run <image> serve'. "
)
NEVER_STARTED = "Unable to successfully stand up your model within the allotted 180 second timeout."
"""SageMaker's words of an endpoint, and of a serverless one."""
CELLS = [pytest.param(row, mode, id=f"{row.name}-{mode}") for row in ROWS for mode in MODES]


@pytest.fixture(scope="module")
def deployments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Row], Deployments]]:
    """The endpoints of a row; those of the row before are deleted when another is asked for.

    Not a fixture with a parameter, because pytest would then order the cells as it likes.
    """
    current: list[Deployments] = []
    options = ("--cache", CACHE, "--images", paths.CONTAINERS, "--images", IMAGES, "--stop-grace", "2")
    with running_local_aws(*map(str, options)) as aws:
        aws.client("s3").create_bucket(Bucket=BUCKET)

        def give(row: Row) -> Deployments:
            if not current or current[0].row is not row:
                while current:
                    current.pop().delete()
                workshop = Workshop(aws, tmp_path_factory.mktemp("models"))
                current.append(Deployments(PlainEndpoints(aws, BUCKET), row, workshop))
                current[0].create()
            return current[0]

        yield give


def _skip_without_needs(row: Row) -> None:
    try:
        check_needs(find(row.uri))
    except RuntimeError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize(("row", "mode"), CELLS)
def test_an_image_in_a_mode(deployments, row, mode):
    _skip_without_needs(row)
    deployed = deployments(row)
    if mode in row.unlabelled:
        _check_refusal(deployed, mode)
    elif not row.serves:
        _check_failure(deployed, mode)
    else:
        _check_answers(deployed, mode)


def _check_refusal(deployed: Deployments, mode: str) -> None:
    """CreateModel names the label that the image lacks."""
    error = deployed.refusals[mode].response["Error"]
    assert deployed.refusals[mode].operation_name == "CreateModel"
    assert error["Code"] == "ValidationException"
    label = f"com.amazonaws.sagemaker.capabilities.{LABELS[mode]}=true"
    assert error["Message"] == f"Your Ecr Image {deployed.row.uri} does not contain required {label} Docker label(s)."


def _check_failure(deployed: Deployments, mode: str) -> None:
    """An endpoint of an image without a model server ends with that reason."""
    endpoint = deployed.wait(mode)
    assert endpoint["EndpointStatus"] == "Failed"
    reason = endpoint["FailureReason"]
    assert reason.startswith(NEVER_STARTED if mode == SERVERLESS else CANNOT_START)
    assert f"{CANNOT_START}Image '{deployed.row.uri}'" in reason
    assert "has no program 'serve'" in reason
    assert "ContainerEntrypoint" not in reason  # a model has none


def _check_answers(deployed: Deployments, mode: str) -> None:
    endpoint, question = deployed.wait(mode), deployed.row.question
    assert endpoint["EndpointStatus"] == "InService", endpoint.get("FailureReason")
    models = range(len(question.answers)) if mode == SHARED else (0,)
    for number in models:
        answers = deployed.ask(mode, question, number)
        assert answers == pytest.approx(question.answers[number], abs=question.within)
    if mode == STREAMS and deployed.row.parts:
        assert len(deployed.parts(deployed.row.parts)) > 1
        assert deployed.ask(mode, deployed.row.parts) == pytest.approx(deployed.row.parts.answers[0])

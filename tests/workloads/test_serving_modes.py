"""A workload of each serving mode goes from its data to an answer, by the command line."""

from __future__ import annotations

import re

import pytest

from tests.workloads.local_platform import ROOT

pytestmark = pytest.mark.workloads
GAPS = ROOT / "workloads" / "boston-housing-imputer" / "gaps.csv"


@pytest.fixture(scope="module")
def serve(platform):
    """Train a workload and serve it; the name of its endpoint. All endpoints are deleted at the end."""
    served = []

    def run(name: str) -> str:
        platform.succeeds("data", name)
        platform.succeeds("run", name, "--token", "modes")
        if "imputed" in name:
            platform.succeeds("job", "evaluate", name, "--from-job", f"local-{name}-modes")
        text = platform.succeeds("serve", name, "--job", f"local-{name}-modes")
        (endpoint,) = re.findall(r"endpoint +(local-\S+)", text)
        served.append(endpoint)
        return str(endpoint)

    yield run
    for endpoint in dict.fromkeys(served):
        platform("stop", endpoint, "--yes")


def variant(platform, endpoint: str) -> dict:
    (only,) = platform.client("sagemaker").describe_endpoint(EndpointName=endpoint)["ProductionVariants"]
    return only


def numbers(answer: str) -> list[float]:
    """The predictions in what the command printed."""
    return [float(value) for value in re.findall(r"(?<![\w.-])\d+\.\d+(?![\w.-])", answer)]


def test_a_serverless_endpoint_has_no_instance_and_answers(platform, serve):
    endpoint = serve("boston-housing-serverless")
    assert variant(platform, endpoint)["CurrentServerlessConfig"]["MaxConcurrency"] == 5
    assert platform.succeeds("predict", "boston-housing-serverless")


def test_a_row_with_gaps_passes_both_containers_of_a_pipeline(platform, serve):
    serve("boston-housing-imputer")
    serve("boston-housing-imputed")
    values = numbers(platform.succeeds("predict", "boston-housing-imputed", "--data", GAPS))
    assert [5 < value < 50 for value in values] == [True, True]


def test_two_models_answer_on_one_endpoint(platform, serve):
    endpoints = {serve("boston-housing-north"), serve("boston-housing-south")}
    assert endpoints == {"local-boston-housing-models"}
    row = GAPS.with_name("row.csv")
    answers = [platform.succeeds("predict", f"boston-housing-{name}", "--data", row) for name in ("north", "south")]
    (north,), (south,) = map(numbers, answers)
    assert 5 < north < 50
    assert north != south

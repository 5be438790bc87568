"""A workload of each serving mode goes from its data to an answer, by the command line."""

from __future__ import annotations

import re

import pytest

from tests.workloads.local_platform import ROOT

pytestmark = pytest.mark.workloads
GAPS = ROOT / "workloads" / "boston-housing-imputer" / "gaps.csv"


@pytest.fixture(scope="module")
def serve(platform):
    """Train a workload and serve it: its endpoint's name, and of a shared one the target model."""
    served = []

    def run(name: str) -> dict[str, str]:
        platform.succeeds("data", name)
        platform.succeeds("run", name, "--token", "modes")
        if "imputed" in name:
            platform.succeeds("job", "evaluate", name, "--from-job", f"local-{name}-modes")
        printed = platform.succeeds("serve", name, "--job", f"local-{name}-modes", "--json")
        names = dict(re.findall(r'"(endpoint_name|target_model)": "([^"]+)"', printed))
        served.append(names["endpoint_name"])
        return names

    yield run
    for endpoint in dict.fromkeys(served):
        platform("stop", endpoint, "--yes")


def variant(platform, endpoint: str) -> dict:
    (only,) = platform.client("sagemaker").describe_endpoint(EndpointName=endpoint)["ProductionVariants"]
    return only


def numbers(text: str) -> list[float]:
    """The predictions in what the command printed."""
    return [float(value) for value in re.findall(r"(?<![\w.-])\d+\.\d+(?![\w.-])", text)]


def test_a_serverless_endpoint_has_no_instance_and_answers(platform, serve):
    endpoint = serve("boston-housing-serverless")["endpoint_name"]
    assert variant(platform, endpoint)["CurrentServerlessConfig"]["MaxConcurrency"] == 5
    assert platform.succeeds("predict", "boston-housing-serverless")


def test_a_row_with_gaps_passes_both_containers_of_a_pipeline(platform, serve):
    serve("boston-housing-imputer")
    serve("boston-housing-imputed")
    values = numbers(platform.succeeds("predict", "boston-housing-imputed", "--data", GAPS))
    assert [5 < value < 50 for value in values] == [True, True]


def test_a_text_streams_word_by_word(platform, serve):
    endpoint = serve("headline-writer")["endpoint_name"]
    response = platform.client("sagemaker-runtime").invoke_endpoint_with_response_stream(
        EndpointName=endpoint,
        ContentType="application/json",
        Body=(ROOT / "workloads/headline-writer/prompt.json").read_bytes(),
    )
    parts = [event["PayloadPart"]["Bytes"].decode() for event in response["Body"]]
    assert response["ContentType"].startswith("text/plain")
    assert "".join(parts).startswith("The president early threw the kids")
    assert len(parts) > 1  # as many as words, unless the network joins some


def test_two_models_answer_on_one_endpoint(platform, serve):
    body = GAPS.with_name("row.csv").read_bytes()
    values = []
    for name in ("north", "south"):
        served = serve(f"boston-housing-{name}")
        assert served["endpoint_name"] == "local-boston-housing-models"
        response = platform.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=served["endpoint_name"],
            TargetModel=served["target_model"],
            Body=body,
            ContentType="text/csv",
            Accept="text/csv",
        )
        values.append(float(response["Body"].read()))
    assert all(5 < value < 50 for value in values)
    assert values[0] != values[1]

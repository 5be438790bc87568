"""A workload of each serving mode goes from its data to an answer, by the command line."""

from __future__ import annotations

import json
import re

import pytest

from tests.workloads.local_platform import ROOT

pytestmark = pytest.mark.workloads
GAPS = ROOT / "workloads" / "boston-housing-imputer" / "gaps.csv"


@pytest.fixture(scope="module")
def archives():
    """What each served workload's endpoint serves, by the workload: a pin can serve it, too."""
    return {}


@pytest.fixture(scope="module")
def serve(platform, archives):
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
        archives[name] = json.loads(platform.succeeds("history", name, "--json"))[0]["model_data"]
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


def pin(archives, workload: str, key: str, **more: object) -> dict:
    return {"workload": workload, "model_data": archives[workload], "model_data_key": key, **more}


@pytest.fixture(scope="module")
def pinned(platform, archives):
    """A second environment that pins what was served: a series with two variants, and a stream."""
    missing = {"boston-housing-imputed", "headline-writer"} - archives.keys()
    if missing:
        pytest.skip(f"the tests above have not served {', '.join(sorted(missing))}")
    series = archives["boston-housing-imputed"]
    bucket = series.removeprefix("s3://").partition("/")[0]
    (rule,) = platform.client("s3").get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    key = rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"]
    imputer = {"boston-housing-imputer": archives["boston-housing-imputer"]}
    variants = [{"name": "challenger", "model_data": series, "weight": 0.5}]
    endpoints = [
        pin(archives, "boston-housing-imputed", key, preprocessors=imputer, variants=variants),
        pin(archives, "headline-writer", key),
    ]
    names = [endpoint["workload"] for endpoint in endpoints]
    settings = {"name": "pinned", "account": "123456789012", "region": "us-east-1", "retain_data": False}
    config = {**settings, "workloads": [*names, "boston-housing-imputer"], "endpoints": endpoints}
    (platform.checkout.root / "config" / "pinned.yaml").write_text(json.dumps(config))
    platform.succeeds("deploy", "--env", "pinned", "--yes")
    yield platform
    platform.succeeds("destroy", "--env", "pinned", "--yes")


@pytest.mark.parametrize("target", ["AllTraffic", "challenger"])
def test_each_variant_of_a_pinned_series_passes_both_containers(pinned, target):
    response = pinned.client("sagemaker-runtime").invoke_endpoint(
        EndpointName="pinned-boston-housing-imputed",
        Body=GAPS.read_bytes(),
        ContentType="text/csv",
        TargetVariant=target,
    )
    assert [5 < value < 50 for value in numbers(response["Body"].read().decode())] == [True, True]


def test_a_pinned_text_streams_word_by_word(pinned):
    response = pinned.client("sagemaker-runtime").invoke_endpoint_with_response_stream(
        EndpointName="pinned-headline-writer",
        ContentType="application/json",
        Body=(ROOT / "workloads/headline-writer/prompt.json").read_bytes(),
    )
    parts = [event["PayloadPart"]["Bytes"].decode() for event in response["Body"]]
    assert "".join(parts).startswith("The president early threw the kids")

"""A workload of each serving mode goes from its data to an answer, by the command line."""

from __future__ import annotations

import json
import re

import pytest

from tests.workloads.local_platform import ROOT

pytestmark = pytest.mark.workloads
GAPS = ROOT / "workloads" / "boston-housing-imputer" / "gaps.csv"
SHARED, NEIGHBOURS = "boston-housing-models", ("boston-housing-north", "boston-housing-south")
"""The shared endpoint, and the workloads whose models it has."""


@pytest.fixture(scope="module")
def archives():
    """What each served workload's endpoint serves, by the workload: a pin can serve it, too."""
    return {}


@pytest.fixture(scope="module")
def targets():
    """The target model of each workload on the shared endpoint."""
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


def test_a_variant_of_a_pipeline_passes_both_containers_and_is_promoted(platform, serve):
    job = "local-boston-housing-imputed-modes"
    platform.succeeds("serve", "boston-housing-imputed", "--job", job, "--variant", "challenger", "--weight", "0.5")
    answers = platform.succeeds("predict", "boston-housing-imputed", "--data", GAPS, "--variant", "challenger")
    assert [5 < value < 50 for value in numbers(answers)] == [True, True]
    assert job in platform.succeeds("serve", "boston-housing-imputed", "--promote", "challenger")
    assert variant(platform, "local-boston-housing-imputed")["VariantName"] == "AllTraffic"


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


def price(platform, endpoint: str, target: str) -> float:
    """What one model of a shared endpoint predicts."""
    response = platform.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=endpoint,
        TargetModel=target,
        Body=GAPS.with_name("row.csv").read_bytes(),
        ContentType="text/csv",
        Accept="text/csv",
    )
    return float(response["Body"].read())


def test_two_models_answer_on_one_endpoint(platform, serve, targets):
    for name in NEIGHBOURS:
        served = serve(name)
        assert served["endpoint_name"] == f"local-{SHARED}"
        targets[name] = served["target_model"]
    values = [price(platform, f"local-{SHARED}", target) for target in targets.values()]
    assert all(5 < value < 50 for value in values)
    assert values[0] != values[1]


def pin(archives, workload: str, key: str, **more: object) -> dict:
    return {"workload": workload, "model_data": archives[workload], "model_data_key": key, **more}


@pytest.fixture(scope="module")
def pinned(platform, archives):
    """A second environment that pins what was served: a series with two variants, a stream, and two models as one."""
    missing = {"boston-housing-imputed", "headline-writer", *NEIGHBOURS} - archives.keys()
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
        {"workload": NEIGHBOURS[0], "models": f"s3://{bucket}/_shared/{SHARED}/", "model_data_key": key},
    ]
    names = [endpoint["workload"] for endpoint in endpoints]
    settings = {"name": "pinned", "account": "123456789012", "region": "us-east-1", "retain_data": False}
    config = {**settings, "workloads": [*names, "boston-housing-imputer", NEIGHBOURS[1]], "endpoints": endpoints}
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


def test_a_pinned_folder_serves_the_models_of_both_workloads(pinned, targets):
    endpoints = [f"{environment}-{SHARED}" for environment in ("local", "pinned")]
    for target in targets.values():
        before, after = (price(pinned, endpoint, target) for endpoint in endpoints)
        assert before == after


@pytest.mark.parametrize("neighbour", NEIGHBOURS)
def test_predict_finds_each_model_of_a_pinned_folder(pinned, neighbour):
    row = GAPS.with_name("row.csv")
    assert 5 < numbers(pinned.succeeds("predict", neighbour, "--env", "pinned", "--data", row))[0] < 50

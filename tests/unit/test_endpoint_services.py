"""Which interface endpoints an environment gets: those that its sections and workloads need, and no others."""

from __future__ import annotations

from typing import Any

import pytest

from launchpad import paths
from launchpad.catalogue import load_workload, render
from launchpad.catalogue.endpoint_services import endpoint_services, tracking_is_reached
from launchpad.config_files.aws_services import IAM_PREFIXES
from launchpad.settings import EnvironmentSettings
from stacks.permissions.actions import known_actions
from tests.unit.conftest import WORKLOAD, rendered

EXISTING = {"existing": {"vpc_id": "vpc-01234567", "subnet_ids": ["subnet-01234567", "subnet-89abcdef"]}}
WORKPLACE = {"lambda", "logs", "sagemaker.api", "sagemaker.runtime", "sts"}
BASE = {"ecr.api", "ecr.dkr", "kms", "logs", "monitoring", "sagemaker.api", "sagemaker.runtime", "sts"}
CALLERS = paths.ROOT / "tests" / "end_to_end" / "workloads"
CERTIFICATES = {"certificates": "spark/tls.zip"}


def settings(**keys: Any) -> EnvironmentSettings:
    return EnvironmentSettings.model_validate({"name": "staging", "region": "eu-west-1", **keys})


def workload(section: str, lines: str) -> dict[str, Any]:
    return rendered(WORKLOAD.replace(f"{section}:\n", f"{section}:\n  network_isolation: false\n{lines}"))


ISOLATED, OPEN = rendered(WORKLOAD), workload("training", "")
CALLING = workload("training", "  aws_services: [sts, secretsmanager]\n")
SERVED = workload("serving", "  aws_services: [ssm]\n")
SPARK = rendered(f"{WORKLOAD}spark: {{entry_point: prepare.py, aws_services: [glue]}}\n")
PIN = {"workload": "boston-housing", "model_data": f"s3://models/boston-housing/models/x/{'0' * 16}/model.tar.gz"}


@pytest.mark.parametrize(
    ("keys", "definition", "services"),
    [
        ({}, ISOLATED, set()),
        ({"tracking": {}}, ISOLATED, set()),
        ({"tracking": {"size": "Small"}}, ISOLATED, set()),
        ({"tracking": {"size": "Small"}}, OPEN, {"experiments"}),
        ({"tracking": {}}, OPEN, set()),
        ({}, CALLING, {"secretsmanager", "sts"}),
        ({}, SPARK, {"glue"}),
        ({}, SERVED, set()),
        ({"direct_deploy": True}, SERVED, {"ssm"}),
        ({"endpoints": [PIN]}, SERVED, {"ssm"}),
        ({}, {**SERVED, "monitoring": {"schedule": "rate(1 day)"}}, {"ssm"}),
        ({"notebooks": [{"name": "team"}]}, ISOLATED, WORKPLACE),
        ({"notebooks": [{"name": "team"}], "tracking": {"size": "Small"}}, ISOLATED, {*WORKPLACE, "experiments"}),
        ({"studio": {"users": ["ada"]}}, ISOLATED, {*WORKPLACE, "studio"}),
        ({"spark": CERTIFICATES}, ISOLATED, {"elasticmapreduce", "kms", "sts"}),
        ({"spark_serverless": {}}, ISOLATED, {"kms"}),
        ({"network": {"nat": True}, "notebooks": [{"name": "team"}]}, CALLING, set()),
        ({"network": {"interface_endpoints": False}}, CALLING, set()),
        ({"network": EXISTING, "notebooks": [{"name": "team"}]}, CALLING, set()),
        ({"network": {"interface_endpoints": True}}, ISOLATED, BASE),
        ({"network": {"interface_endpoints": True}}, CALLING, {*BASE, "secretsmanager"}),
        (
            {"network": {"interface_endpoints": True}, "notebooks": [{"name": "team"}]},
            ISOLATED,
            {*BASE, "lambda", "notebook"},
        ),
    ],
)
def test_endpoints_are_those_that_something_needs(keys, definition, services):
    made = endpoint_services(settings(**keys), {"boston-housing": definition})
    assert made == sorted(services)


@pytest.mark.parametrize(
    ("keys", "definition", "reached"),
    [
        ({}, OPEN, False),
        ({"tracking": {}}, OPEN, False),
        ({"tracking": {}, "network": {"nat": True}}, OPEN, True),
        ({"tracking": {}, "network": EXISTING}, OPEN, True),
        ({"tracking": {"size": "Small"}}, OPEN, True),
        ({"tracking": {"size": "Small"}}, ISOLATED, False),
        ({"tracking": {"size": "Small"}, "network": {"interface_endpoints": False}}, OPEN, False),
    ],
)
def test_mlflow_is_reached_through_its_endpoint_or_the_internet(keys, definition, reached):
    assert tracking_is_reached(settings(**keys), {"boston-housing": definition}) is reached


@pytest.mark.parametrize(
    ("keys", "zones"),
    [
        ({}, 2),
        ({"network": {"availability_zones": 3}}, 3),
        ({"direct_deploy": True}, 2),
        ({"name": "dev"}, 2),
        ({"name": "dev", "direct_deploy": True}, 1),
        ({"name": "dev", "direct_deploy": True, "network": {"endpoint_zones": 2}}, 2),
        ({"network": {"endpoint_zones": 1}}, 1),
    ],
)
def test_endpoints_are_in_one_zone_where_models_are_tried_out(keys, zones):
    assert settings(**keys).endpoint_zones == zones


def test_every_service_has_a_prefix_of_actions_that_exist():
    assert {*IAM_PREFIXES.values()} <= known_actions().keys()


@pytest.mark.parametrize(("own", "used"), [({}, "regional"), ({"AWS_STS_REGIONAL_ENDPOINTS": "legacy"}, "legacy")])
def test_older_sdks_call_the_sts_that_has_an_endpoint(own, used):
    caller = load_workload("caller", CALLERS)
    training = caller.training.model_copy(update={"environment": own})
    definition, _ = render(caller.model_copy(update={"training": training}), settings(), CALLERS / "caller")
    assert definition["training"]["environment"] == {"AWS_STS_REGIONAL_ENDPOINTS": used}

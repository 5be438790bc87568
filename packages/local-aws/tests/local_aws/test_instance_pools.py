"""Instance pools fall back in the order of their priorities, and are refused where AWS refuses them."""

from __future__ import annotations

import pytest

from local_aws.api.errors import AwsError
from local_aws.sagemaker.hosting.capacity import CapacityError, check_instances, provision
from local_aws.settings import types_without_capacity

POOLS = [{"InstanceType": "ml.g6.xlarge", "Priority": 2}, {"InstanceType": "ml.g5.xlarge", "Priority": 1}]


def variant(**members: object) -> dict:
    return {"VariantName": "AllTraffic", "InitialInstanceCount": 1, **members}


@pytest.mark.parametrize(("unavailable", "instance_type"), [((), "ml.g5.xlarge"), (("ml.g5.xlarge",), "ml.g6.xlarge")])
def test_the_first_pool_with_capacity_is_used(unavailable, instance_type):
    assert provision(variant(InstancePools=POOLS), unavailable, lambda _: None)["InstanceType"] == instance_type


def test_without_capacity_the_timeout_is_waited_for():
    waits: list[float] = []
    pools = variant(InstancePools=POOLS, VariantInstanceProvisionTimeoutInSeconds=300)
    with pytest.raises(CapacityError, match="InsufficientInstanceCapacity"):
        provision(pools, ("ml.g5.xlarge", "ml.g6.xlarge"), waits.append)
    assert waits == [300.0]


def test_a_single_type_has_no_fallback():
    with pytest.raises(CapacityError):
        provision(variant(InstanceType="ml.g5.xlarge"), ("ml.g5.xlarge",), lambda _: None)
    assert provision({"VariantName": "AllTraffic", "ServerlessConfig": {}}, ("ml.g5.xlarge",), lambda _: None) == {}


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"InstancePools": POOLS, "InstanceType": "ml.g5.xlarge"}, "both InstancePools and InstanceType"),
        ({"InstancePools": POOLS, "ServerlessConfig": {}}, "both InstancePools and ServerlessConfig"),
        ({"InstancePools": POOLS[:1]}, "at least 2 InstancePools"),
        ({"InstancePools": [POOLS[0], {**POOLS[0], "Priority": 3}]}, "twice"),
        ({"InstancePools": [POOLS[0], {**POOLS[1], "Priority": 2}]}, "twice"),
        ({}, "needs InstanceType"),
    ],
)
def test_a_wrong_combination_of_instances_is_refused(members, words):
    with pytest.raises(AwsError, match=words):
        check_instances(variant(**members))


def test_the_variable_names_types_without_capacity():
    environment = {"LOCAL_AWS_NO_CAPACITY": "ml.g5.xlarge, ml.g6.xlarge,"}
    assert types_without_capacity(environment) == {"ml.g5.xlarge", "ml.g6.xlarge"}
    assert types_without_capacity({}) == set()
    with pytest.raises(ValueError, match="m5 is no instance type"):
        types_without_capacity({"LOCAL_AWS_NO_CAPACITY": "m5"})

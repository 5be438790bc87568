"""What an environment can ask for at once is counted by the quotas that AWS has, and compared with them."""

from __future__ import annotations

import copy
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from launchpad.catalogue.pinned_endpoints import load_pins
from launchpad.messages.errors import InvalidFileError
from launchpad.quotas.comparison import compare
from launchpad.quotas.demand import Demand, demands
from launchpad.quotas.limits import check_limits
from launchpad.quotas.service import Quota, open_requests, read_quotas
from launchpad.settings import EnvironmentSettings, load_settings

WORKLOAD = {
    "name": "demo",
    "prepare": None,
    "training": {
        "instance": {"type": "ml.m5.large", "count": 2, "volume_gb": 30, "groups": []},
        "spot": None,
        "keep_alive_minutes": None,
        "debugger_rules": [],
        "profiler": None,
    },
    "tuning": None,
    "evaluate": None,
    "transform": None,
    "serving": {"instance": {"type": "ml.c5.large", "count": 1}},
}


@pytest.fixture
def workload() -> dict[str, Any]:
    return copy.deepcopy(WORKLOAD)


def needed(*workloads: dict[str, Any], pins=(), **settings: Any) -> dict[str, int]:
    config = {"name": "dev", "region": "eu-west-1", "instance_limits": {"concurrent_jobs": 1}, **settings}
    definitions = {workload["name"]: workload for workload in workloads}
    return {
        demand.quota: demand.count for demand in demands(EnvironmentSettings.model_validate(config), definitions, pins)
    }


def test_training_spot_and_endpoint_instances_have_separate_quotas(workload):
    assert needed(workload, direct_deploy=True) == {
        "ml.m5.large for training job usage": 2,
        "ml.c5.large for endpoint usage": 2,
    }
    workload["training"]["spot"] = {"max_wait_minutes": 90}
    assert needed(workload) == {"ml.m5.large for spot training job usage": 2}


def test_a_monitored_workload_needs_one_instance_per_job(workload):
    workload["monitoring"] = {"instance": {"type": "ml.m5.large", "volume_gb": 30}}
    assert needed(workload) == {
        "ml.m5.large for training job usage": 2,
        "ml.m5.large for processing job usage": 1,
        "ml.m5.large for transform job usage": 1,
    }
    workload["training"]["instance"]["count"] = 1
    settings = {"name": "dev", "region": "eu-west-1", "instance_limits": {"types": {"ml.m5.large": 1}}}
    check_limits(EnvironmentSettings.model_validate(settings), {"demo": workload}, ())


def test_runs_side_by_side_ask_for_as_many_times_the_instances(workload):
    assert needed(workload, instance_limits={"concurrent_jobs": 3}) == {"ml.m5.large for training job usage": 6}


def test_workloads_can_all_run_at_once(workload):
    assert needed(workload, {**workload, "name": "other"}) == {"ml.m5.large for training job usage": 4}


def test_tuning_asks_for_its_parallel_jobs(workload):
    workload["tuning"] = {"max_parallel_jobs": 5}
    assert needed(workload) == {"ml.m5.large for training job usage": 10}


def test_the_jobs_of_one_run_follow_each_other_so_the_largest_counts(workload):
    workload["prepare"] = {"instance": {"type": "ml.m5.large", "count": 3}}
    workload["evaluate"] = {"instance": {"type": "ml.m5.large", "count": 1}}
    assert needed(workload) == {
        "ml.m5.large for processing job usage": 3,
        "ml.m5.large for training job usage": 2,
    }


def test_the_groups_of_a_heterogeneous_cluster_count_each_by_its_type(workload):
    workload["training"]["instance"] = {
        "type": None,
        "count": 1,
        "groups": [
            {"name": "a", "type": "ml.g5.xlarge", "count": 1},
            {"name": "b", "type": "ml.c5.xlarge", "count": 2},
            {"name": "c", "type": "ml.c5.xlarge", "count": 1},
        ],
    }
    assert needed(workload) == {
        "ml.c5.xlarge for training job usage": 3,
        "ml.g5.xlarge for training job usage": 1,
    }


def test_warm_pools_and_debugger_rules_have_quotas_too(workload):
    workload["training"]["keep_alive_minutes"] = 10
    workload["training"]["debugger_rules"] = [{"name": "VanishingGradient"}, {"name": "Overfit"}]
    assert needed(workload) == {
        "ml.m5.large for training job usage": 2,
        "ml.m5.large for training warm pool usage": 2,
        "ml.t3.medium for processing job usage": 2,
    }


def test_transform_jobs_and_notebooks_are_counted(workload):
    workload["transform"] = {"instance": {"type": "ml.c5.xlarge", "count": 4}}
    notebooks = [{"name": "a"}, {"name": "b"}, {"name": "c", "instance_type": "ml.g5.xlarge"}]
    counts = needed(workload, notebooks=notebooks)
    assert counts["ml.c5.xlarge for transform job usage"] == 4
    assert counts["ml.t3.medium for notebook instance usage"] == 2
    assert counts["ml.g5.xlarge for notebook instance usage"] == 1


def test_a_pinned_endpoint_counts_twice_its_most_for_updates():
    pin = {"workload": "boston-housing", "model_data": "s3://models/model.tar.gz"}
    settings = EnvironmentSettings.model_validate(
        {
            "name": "prod",
            "region": "eu-west-1",
            "endpoints": [{**pin, "minimum_instances": 2, "maximum_instances": 5}],
        }
    )
    (demand,) = demands(settings, {}, load_pins(settings))
    assert (demand.quota, demand.count) == ("ml.m5.large for endpoint usage", 10)


def test_no_more_of_a_type_is_needed_than_the_config_allows(workload):
    limits = {"concurrent_jobs": 10, "types": {"ml.m5.large": 4}}
    assert needed(workload, instance_limits=limits) == {"ml.m5.large for training job usage": 4}


def test_a_demand_says_who_asks_for_how_many(workload):
    settings = EnvironmentSettings.model_validate({"name": "dev", "region": "eu-west-1"})
    (demand,) = demands(settings, {"demo": workload}, [])
    assert demand.reasons == ("demo, 2 runs: 4",)


DEMAND = Demand("ml.m5.large", "training job usage", 4, ())


@pytest.mark.parametrize(
    ("quota", "requested", "short", "can_be_requested", "verdict"),
    [
        ((4, True), {}, False, False, "enough"),
        ((3, True), {}, True, True, "short"),
        ((3, True), {"L-1": 8.0}, True, False, "8 requested; AWS has not decided yet"),
        ((3, False), {}, True, False, "short, and AWS raises it for nobody"),
        (None, {}, True, False, "not offered in this region: choose another instance type"),
    ],
)
def test_what_is_short_is_reported_with_what_can_be_done(quota, requested, short, can_be_requested, verdict):
    quotas = {DEMAND.quota: Quota(DEMAND.quota, "L-1", quota[0], quota[1])} if quota else {}
    (finding,) = compare([DEMAND], quotas, requested)
    assert (finding.short, finding.can_be_requested, finding.verdict) == (short, can_be_requested, verdict)


def test_what_is_short_comes_first():
    enough = Demand("ml.a1.large", "training job usage", 1, ())
    findings = compare([enough, DEMAND], {enough.quota: Quota(enough.quota, "L-2", 1, True)}, {})
    assert [finding.demand for finding in findings] == [DEMAND, enough]


@pytest.fixture
def stub():
    client = boto3.client("service-quotas", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def quota(name: str, value: float) -> dict[str, Any]:
    return {"QuotaName": name, "QuotaCode": f"L-{name}", "Value": value, "Adjustable": True}


def test_applied_quotas_override_aws_defaults_on_all_pages(stub):
    service = {"ServiceCode": "sagemaker"}
    stub.add_response("list_aws_default_service_quotas", {"Quotas": [quota("a", 1)], "NextToken": "bQ=="}, service)
    stub.add_response("list_aws_default_service_quotas", {"Quotas": [quota("b", 2)]}, {**service, "NextToken": "bQ=="})
    stub.add_response("list_service_quotas", {"Quotas": [quota("b", 7)]}, service)
    assert {name: applied.value for name, applied in read_quotas(stub.client).items()} == {"a": 1, "b": 7}


def test_requests_that_a_person_at_aws_looks_at_are_open_too(stub):
    for status, code in (("PENDING", "L-a"), ("CASE_OPENED", "L-b")):
        stub.add_response(
            "list_requested_service_quota_change_history",
            {"RequestedQuotas": [{"QuotaCode": code, "DesiredValue": 5.0}]},
            {"ServiceCode": "sagemaker", "Status": status},
        )
    assert open_requests(stub.client) == {"L-a": 5.0, "L-b": 5.0}


class TestLimits:
    """`instance_limits.types` is enforced at synth."""

    YAML = """\
name: demo
description: A test.
image: {framework: sklearn}
training:
  entry_point: train.py
  instance:
    type: ml.m5.large
    count: 3
  channels: {training: {prefix: demo/training}}
serving: {entry_point: train.py, instance: {type: ml.c5.large, count: 2}}
"""

    @pytest.fixture
    def folder(self, tmp_path):
        (tmp_path / "demo" / "src").mkdir(parents=True)
        (tmp_path / "demo" / "src" / "train.py").write_text("")
        (tmp_path / "demo" / "workload.yaml").write_text(self.YAML)
        return tmp_path

    def check(self, folder, text: str) -> str:
        from launchpad.catalogue import load_catalogue

        path = folder / "dev.yaml"
        path.write_text(f"name: dev\nregion: eu-west-1\n{text}")
        settings = load_settings(path)
        catalogue = load_catalogue(settings, folder)
        try:
            check_limits(settings, catalogue.workloads, load_pins(settings, folder), folder)
        except InvalidFileError as error:
            return str(error)
        return ""

    def test_within_its_limit_a_workload_passes(self, folder):
        assert self.check(folder, "instance_limits: {types: {ml.m5.large: 3}}\n") == ""

    def test_a_job_that_asks_for_more_is_refused_at_its_own_line(self, folder):
        problems = self.check(folder, "instance_limits: {types: {ml.m5.large: 2}}\n")
        assert "demo/workload.yaml:8: training.instance.count: asks for 3 of ml.m5.large at once" in problems
        assert "'dev' allows 2 (instance_limits.types)" in problems

    def test_a_type_that_is_not_allowed_at_all_is_refused(self, folder):
        assert "'dev' allows none" in self.check(folder, "instance_limits: {types: {ml.m5.large: 0}}\n")

    def test_an_endpoint_counts_only_where_it_may_be_deployed(self, folder):
        limits = "instance_limits: {types: {ml.c5.large: 1}}\n"
        assert self.check(folder, limits) == ""
        assert "serving.instance.count: asks for 2" in self.check(folder, f"direct_deploy: true\n{limits}")

    def test_a_notebook_too_many_is_refused_at_its_line(self, folder):
        limits = "instance_limits: {types: {ml.t3.medium: 1}}\n"
        problems = self.check(folder, f"{limits}notebooks:\n  - name: one\n  - name: two\n")
        assert "dev.yaml:6: notebooks.1: asks for 2 of ml.t3.medium" in problems

    def test_a_pin_that_may_scale_beyond_the_limit_is_refused_at_its_line(self, folder):
        problems = self.check(
            folder,
            "instance_limits: {types: {ml.c5.large: 4}}\n"
            "endpoints:\n  - workload: demo\n    model_data: s3://models/model.tar.gz\n"
            "    minimum_instances: 1\n    maximum_instances: 5\n",
        )
        assert "dev.yaml:8: endpoints.0.maximum_instances: asks for 5 of ml.c5.large" in problems

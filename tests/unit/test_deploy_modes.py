"""The deploy function beyond one model: variants, shadows, releases, preprocessors, shared endpoints, scaling."""

from __future__ import annotations

import sys
from copy import deepcopy
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.conftest import WORKLOAD, rendered
from tests.unit.functions import CONTEXT, imported

ENDPOINT, CONFIG = "dev-boston-housing", "dev-boston-housing-served"
LINEAR = {"traffic": "linear", "percent": 20, "bake_minutes": 5}
SCALING = {
    "minimum": 1,
    "maximum": 4,
    "invocations_per_minute": 600,
    "scale_out_cooldown": 60,
    "scale_in_cooldown": 300,
    "schedule": [],
}
CANARY = {"traffic": "canary", "percent": 10, "bake_minutes": 1}
TO_ZERO = {**SCALING, "minimum": 0, "invocations_per_minute": None, "backlog": 5}


class Account:
    """What the function's clients see and are asked for: every call by its name, with its arguments."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.records: dict[str, dict[str, Any]] = {}
        self.endpoint: dict[str, Any] | None = None
        self.config: dict[str, Any] = {}
        self.policies: list[dict[str, Any]] = []
        missing = type("ObjectNotFoundException", (Exception,), {})
        self.exceptions = SimpleNamespace(ClientError=ClientError, ObjectNotFoundException=missing)

    def serves(self, *variants: tuple[str, str, float], kind: str = "ml.m5.large") -> None:
        """An endpoint in service with these variants: name, model, weight."""
        self.endpoint = {
            "EndpointName": ENDPOINT,
            "EndpointArn": "arn",
            "EndpointConfigName": CONFIG,
            "EndpointStatus": "InService",
            "ProductionVariants": [{"VariantName": name, "CurrentWeight": weight} for name, _, weight in variants],
        }
        self.config = {
            "ProductionVariants": [
                {"VariantName": name, "ModelName": model, "InitialVariantWeight": 1.0, "InstanceType": kind}
                for name, model, _ in variants
            ]
        }

    def of(self, operation: str) -> list[dict[str, Any]]:
        return [request for name, request in self.calls if name == operation]

    def __getattr__(self, operation: str) -> Any:
        def call(**request: Any) -> Any:
            self.calls.append((operation, request))
            return self._answer(operation, request)

        return call

    def _answer(self, operation: str, request: dict[str, Any]) -> Any:
        if operation == "describe_endpoint":
            if self.endpoint is None:
                raise ClientError({"Error": {"Code": "ValidationException", "Message": "Could not find"}}, operation)
            return self.endpoint
        if operation == "describe_endpoint_config":
            if request["EndpointConfigName"] == CONFIG:
                return self.config
            return next(item for item in self.of("create_endpoint_config") if item["EndpointConfigName"] != CONFIG)
        if operation == "describe_training_job":
            name = request["TrainingJobName"]
            workload = name.removeprefix("dev-").rpartition("-")[0]
            artifact = f"s3://model-bucket/{workload}/jobs/{name}/output/model.tar.gz"
            job = {"TrainingJobName": name, "TrainingJobStatus": "Completed"}
            metrics = [{"MetricName": "r2", "Value": 0.75}]
            return {**job, "ModelArtifacts": {"S3ModelArtifacts": artifact}, "FinalMetricDataList": metrics}
        answers = {
            "describe_scaling_policies": {"ScalingPolicies": self.policies},
            "describe_scheduled_actions": {"ScheduledActions": []},
            "put_scaling_policy": {"PolicyARN": "arn:policy"},
        }
        return answers.get(operation, {})


class Function(SimpleNamespace):
    """The function, and the account that it works in."""

    def __call__(self, job: str | None = "dev-boston-housing-2", **event: Any) -> dict[str, Any]:
        own = {"training_job_name": job} if job else {}
        return self.module.handler({"workload": "boston-housing", **own, **event}, CONTEXT)

    def remembers(self, **record: Any) -> None:
        """The newest record is that of the served configuration."""
        section = self.definition["serving"]
        own = {"endpoint": ENDPOINT, "job": "dev-boston-housing-1", "serving": section, "outcome": "asked"}
        self.account.records["boston-housing"] = {**own, "endpoint_config": CONFIG, **record}


@pytest.fixture
def function(tmp_path, monkeypatch):
    definition = rendered(WORKLOAD)
    definition["serving"] |= {"source": None, "entry_point": None}
    other = deepcopy(definition)
    other["name"] = "cleaning"
    monkeypatch.setenv("DIRECT_DEPLOY", "true")
    account = Account()
    catalogue = {"boston-housing": definition, "cleaning": other}
    with imported(tmp_path, monkeypatch, "deploy", catalogue) as module:
        modules = sys.modules
        for name in ("deploy", "models", "endpoint_variants", "endpoint_release", "endpoint_scaling", "serving_models"):
            monkeypatch.setattr(modules[name], "sagemaker", account, raising=False)
        for name in ("endpoint_release", "endpoint_scaling", "endpoint_removal"):
            monkeypatch.setattr(modules[name].boto3, "client", lambda _service: account)
        monkeypatch.setattr(modules["endpoint_release"], "with_alert_topic", lambda environment: environment)
        monkeypatch.setattr(module, "exists", lambda *_: True)
        monkeypatch.setattr(modules["serving_models"], "exists", lambda *_: False)
        monkeypatch.setattr(modules["serving_models"], "s3", lambda: account)
        monkeypatch.setattr(account, "copy", lambda *moved: account.calls.append(("copy", {"moved": moved})), False)
        monkeypatch.setattr(
            modules["endpoint_history"], "_write", lambda key, record: account.records.update({key: record})
        )
        found = lambda workload, _config=None: account.records.get(workload)  # noqa: E731
        for name in ("endpoint_variants", "endpoint_scaling"):
            monkeypatch.setattr(modules[name], "record_of_config", found)
        monkeypatch.setattr(
            modules["endpoint_scaling"],
            "served_endpoints",
            lambda: {ENDPOINT: {name: ("r", item) for name, item in account.records.items() if "/" not in name}},
        )
        monkeypatch.setattr(
            modules["serving_models"],
            "newest_record",
            lambda name: ("r", {"job": f"dev-{name}-7"}) if name in account.records else None,
        )
        yield Function(module=module, account=account, definition=module.CATALOGUE["boston-housing"])


def weights(function) -> dict[str, float]:
    (config,) = function.account.of("create_endpoint_config")
    return {item["VariantName"]: item["InitialVariantWeight"] for item in config["ProductionVariants"]}


def test_a_variant_gets_its_share_and_the_others_keep_their_proportions(function):
    function.account.serves(("AllTraffic", "old", 3.0), ("Second", "other", 1.0))
    function(variant="Third", weight=0.2)
    assert weights(function) == {"AllTraffic": 0.6, "Second": 0.2, "Third": 0.2}


def test_the_record_has_the_job_of_each_variant(function):
    function.account.serves(("AllTraffic", "old", 1.0))
    function.remembers()
    function(variant="Challenger", weight=0.1)
    (record,) = (item for key, item in function.account.records.items() if "/" in key)
    jobs = {item["name"]: item["job"] for item in record["variants"]}
    assert jobs == {"AllTraffic": "dev-boston-housing-1", "Challenger": "dev-boston-housing-2"}


def test_a_changed_set_of_variants_takes_over_at_once(function):
    function.account.serves(("AllTraffic", "old", 1.0))
    function.definition["serving"]["release"] = LINEAR
    function(variant="Challenger", weight=0.1)
    (update,) = function.account.of("update_endpoint")
    assert "DeploymentConfig" not in update


def test_steps_that_were_asked_for_need_the_same_variants(function):
    function.account.serves(("AllTraffic", "old", 0.9), ("Challenger", "new", 0.1))
    with pytest.raises(
        Exception, match=r"release: the endpoint serves AllTraffic, Challenger.*promote one of them first"
    ):
        function(release=LINEAR)
    assert function.account.of("update_endpoint") == []


def test_several_variants_are_not_replaced_in_batches(function):
    function.account.serves(("AllTraffic", "old", 0.9), ("Challenger", "new", 0.1))
    function.definition["serving"]["release"] = {"traffic": "rolling", "percent": 20, "bake_minutes": 5}
    function.definition["serving"]["instance"]["count"] = 4
    function(variant="Challenger", weight=0.5)
    (update,) = function.account.of("update_endpoint")
    assert "RollingUpdatePolicy" not in update.get("DeploymentConfig", {})


def test_a_promoted_variant_serves_alone(function):
    function.account.serves(("AllTraffic", "old", 0.9), ("Challenger", "new", 0.1))
    challenger = {"name": "Challenger", "job": "dev-boston-housing-5"}
    function.remembers(variants=[{"name": "AllTraffic", "job": "dev-boston-housing-1"}, challenger])
    assert function(None, promote="Challenger")["training_job_name"] == "dev-boston-housing-5"
    assert weights(function) == {"AllTraffic": 1.0}


def test_a_shadow_after_a_preprocessor_is_refused(function):
    function.definition["serving"]["preprocessors"] = ["cleaning"]
    with pytest.raises(Exception, match="shadow: SageMaker copies no requests"):
        function(shadow=True)


def test_a_shared_endpoint_divides_no_requests(function):
    function.definition["serving"]["shared_endpoint"] = "many"
    with pytest.raises(Exception, match="variant: a shared endpoint has one variant"):
        function(variant="Challenger", weight=0.1)


def test_a_variant_that_is_not_served_is_not_promoted(function):
    function.account.serves(("AllTraffic", "old", 1.0))
    with pytest.raises(Exception, match="promote: no variant 'Challenger' is served; there are AllTraffic"):
        function(None, promote="Challenger")


def test_a_shadow_gets_copies_of_a_share_of_the_requests(function):
    function.account.serves(("AllTraffic", "old", 1.0))
    function(shadow=True, weight=0.5)
    (config,) = function.account.of("create_endpoint_config")
    (production,), (shadow,) = config["ProductionVariants"], config["ShadowProductionVariants"]
    assert (production["ModelName"], shadow["VariantName"]) == ("old", "Shadow")
    assert shadow["InitialVariantWeight"] == production["InitialVariantWeight"] / 2


def test_a_release_shifts_traffic_and_is_rolled_back_by_new_alarms(function):
    function.account.serves(("AllTraffic", "old", 1.0))
    function.definition["serving"]["instance"]["count"] = 4
    function(release=LINEAR)
    (update,) = function.account.of("update_endpoint")
    routing = update["DeploymentConfig"]["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    assert (routing["Type"], routing["LinearStepSize"]["Value"]) == ("LINEAR", 20)
    names = [request["AlarmName"] for request in function.account.of("put_metric_alarm")]
    alarms = update["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]
    assert names == [alarm["AlarmName"] for alarm in alarms]
    assert len(names) == 2


def test_another_instance_type_of_a_scaled_variant_ends_its_scaling_first(function):
    function.account.serves(("AllTraffic", "old", 1.0), kind="ml.c5.xlarge")
    function()
    names = [name for name, _ in function.account.calls]
    assert names.index("deregister_scalable_target") < names.index("update_endpoint")


def test_the_same_instance_type_keeps_its_scaling(function):
    function.account.serves(("AllTraffic", "old", 1.0), kind=function.definition["serving"]["instance"]["type"])
    function()
    assert function.account.of("deregister_scalable_target") == []


def test_a_preprocessor_is_what_that_workload_served_last(function):
    function.definition["serving"]["preprocessors"] = ["cleaning"]
    function.account.records["cleaning"] = {}
    function()
    (model,) = function.account.of("create_model")
    assert [item["ContainerHostname"] for item in model["Containers"]] == ["cleaning", "boston-housing"]
    assert "dev-cleaning-7" in model["Containers"][0]["ModelDataUrl"]


def test_a_preprocessors_job_may_be_named(function):
    function.definition["serving"]["preprocessors"] = ["cleaning"]
    function(preprocessor_jobs={"cleaning": "dev-cleaning-3"})
    (model,) = function.account.of("create_model")
    assert "dev-cleaning-3" in model["Containers"][0]["ModelDataUrl"]


def test_a_promoted_variant_keeps_its_preprocessors(function):
    function.definition["serving"]["preprocessors"] = ["cleaning"]
    function.account.serves(("AllTraffic", "old", 1.0))
    function.remembers(preprocessors={"cleaning": "dev-cleaning-1"})
    function(variant="Challenger", weight=0.1, preprocessor_jobs={"cleaning": "dev-cleaning-3"})
    (record,) = (item for key, item in function.account.records.items() if "/" in key)
    before = {item["name"]: item["preprocessors"] for item in record["variants"]}
    assert before == {"AllTraffic": {"cleaning": "dev-cleaning-1"}, "Challenger": {"cleaning": "dev-cleaning-3"}}
    function.account.serves(("AllTraffic", "old", 0.9), ("Challenger", "new", 0.1))
    function.remembers(**{key: record[key] for key in ("variants", "preprocessors")})
    function(None, promote="Challenger")
    assert function.account.of("create_model")[-1] == function.account.of("create_model")[0]


def test_a_preprocessor_that_was_never_served_is_refused(function):
    function.definition["serving"]["preprocessors"] = ["cleaning"]
    with pytest.raises(Exception, match="cleaning was never served here"):
        function()


def test_a_shared_endpoint_gets_another_archive_and_stays_as_it_is(function):
    function.definition["serving"]["shared_endpoint"] = "small-models"
    created = function()
    assert (created["action"], created["endpoint_name"]) == ("created", "dev-small-models")
    (copied,) = function.account.of("copy")
    assert copied["moved"][2] == f"_shared/small-models/{created['target_model']}"
    function.account.endpoint = {
        "EndpointConfigName": created["endpoint_config_name"],
        "EndpointStatus": "InService",
    }
    again = function("dev-boston-housing-3")
    assert again["action"] == "added"
    assert again["target_model"] != created["target_model"]
    assert function.account.of("update_endpoint") == []


def test_an_endpoint_in_service_is_scaled_as_its_record_says(function):
    function.account.serves(("AllTraffic", "old", 1.0))
    function.remembers(serving={**function.definition["serving"], "scaling": SCALING})
    function.account.policies = [{"PolicyName": "of-yesterday"}]
    assert function.module.handler({"settled": ENDPOINT}, CONTEXT)["scaled"] == ["AllTraffic"]
    (target,) = function.account.of("register_scalable_target")
    assert (target["ResourceId"], target["MaxCapacity"]) == (f"endpoint/{ENDPOINT}/variant/AllTraffic", 4)
    assert function.account.of("delete_scaling_policy")[0]["PolicyName"] == "of-yesterday"


def test_an_endpoint_that_is_no_longer_scaled_is_deregistered(function):
    function.account.serves(("AllTraffic", "old", 1.0))
    function.remembers()
    assert function.module.handler({"settled": ENDPOINT}, CONTEXT)["scaled"] == []
    assert function.account.of("deregister_scalable_target")


@pytest.mark.parametrize(("scaling", "removed"), [(None, 1), (SCALING, 1), (TO_ZERO, 0)])
def test_the_alarm_that_wakes_an_endpoint_up_goes_with_scaling_to_zero(function, scaling, removed):
    function.account.serves(("AllTraffic", "old", 1.0))
    section = {**function.definition["serving"], "mode": "async" if scaling is TO_ZERO else "realtime"}
    function.remembers(serving={**section, "scaling": scaling})
    function.module.handler({"settled": ENDPOINT}, CONTEXT)
    names = [name for request in function.account.of("delete_alarms") for name in request["AlarmNames"]]
    assert names.count(f"launchpad-dev-endpoint-{ENDPOINT}-AllTraffic-BacklogWithoutCapacity") == removed
    assert len(function.account.of("put_metric_alarm")) == 1 - removed


@pytest.mark.parametrize(("release", "removed"), [(None, ["Latency", "ServerErrors"]), (CANARY, [])])
def test_the_alarms_of_releases_go_with_the_section(function, release, removed):
    function.account.serves(("AllTraffic", "old", 1.0))
    function.remembers(serving={**function.definition["serving"], "release": release})
    function.module.handler({"settled": ENDPOINT}, CONTEXT)
    names = [name for request in function.account.of("delete_alarms") for name in request["AlarmNames"]]
    prefix = f"launchpad-dev-endpoint-{ENDPOINT}-AllTraffic-"
    of_releases = {f"{prefix}Latency", f"{prefix}ServerErrors"}
    assert sorted(of_releases & {*names}) == [f"{prefix}{kind}" for kind in removed]


def test_an_endpoint_that_the_function_did_not_serve_is_left_alone(function):
    function.account.serves(("AllTraffic", "old", 1.0))
    assert function.module.handler({"settled": ENDPOINT}, CONTEXT)["scaled"] == []
    assert function.account.calls == []


@pytest.mark.parametrize("event", [{"variant": "B", "weight": 0.1}, {"shadow": True}])
@pytest.mark.parametrize(("mode", "words"), [("async", "an asynchronous endpoint"), ("serverless", "a serverless")])
def test_an_endpoint_of_another_mode_has_one_variant(function, mode, words, event):
    function.definition["serving"]["mode"] = mode
    with pytest.raises(Exception, match=words):
        function(**event)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"variant": "B"}, "weight: write the variant's share"),
        ({"variant": "B", "weight": 1}, "weight: 1 is no share"),
        ({"variant": "AllTraffic", "weight": 0.1}, "AllTraffic is taken"),
        ({"variant": "a b", "weight": 0.1}, "'a b' is no name"),
        ({"weight": 0.1}, "has no effect without `variant` or `shadow`"),
        ({"variant": "B", "weight": 0.1, "shadow": True}, "variant and shadow exclude each other"),
        ({"variant": "B", "weight": 0.1}, "nothing is served yet"),
        ({"variant": "B", "weight": 0.1, "release": LINEAR}, "only between the same variants"),
        ({"release": {"traffic": "slow", "percent": 10, "bake_minutes": 1}}, "'slow' is none of"),
        ({"release": {"traffic": "canary", "percent": 60, "bake_minutes": 1}}, "from 10 to 50, not 60"),
        ({"release": {"traffic": "canary"}}, "write traffic, percent and bake_minutes"),
        ({"preprocessor_jobs": {"cleaning": "j"}}, "cleaning is not in `preprocessors`"),
    ],
)
def test_a_wrong_event_is_refused_and_nothing_changes(function, event, words):
    with pytest.raises(Exception, match=words):
        function(**event)
    assert function.account.of("create_endpoint") == []

"""Variants of an endpoint: their shares, their records, how one is promoted, a shadow, and what is refused."""

from __future__ import annotations

import pytest

from tests.unit.deploy_modes.account import LINEAR


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

"""Preprocessors in front of a model: which of their models serve, and what is refused; endpoints of many models."""

from __future__ import annotations

import pytest


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

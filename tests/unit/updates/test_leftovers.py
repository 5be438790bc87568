"""The stacks that a config no longer has, and what is said about them."""

from __future__ import annotations

import pytest

from launchpad.updates.deployed import exports_of
from launchpad.updates.leftovers import contents, leftover_stacks
from tests.unit.updates.stacks import deployed, queue, stack, template

ENDPOINT = {"Type": "AWS::SageMaker::Endpoint"}


LISTED = queue(Tags=[{"Key": "launchpad:environment", "Value": "dev"}])
MAPPED = {"Type": "AWS::SSM::Parameter", "Properties": {"Tags": {"launchpad:environment": "dev"}}}


@pytest.mark.parametrize("resource", [LISTED, MAPPED])
def test_a_stack_that_left_the_assembly_is_a_leftover(resource):
    now = deployed(stack("jobs", template({"It": resource})), stack("studio", template({"It": resource})))
    assert leftover_stacks(now, {"jobs"}, "dev").keys() == {"studio"}


def test_another_teams_stack_with_such_a_name_is_none():
    now = deployed(stack("launchpad-dev-theirs", template({"It": queue()})))
    assert leftover_stacks(now, {}, "dev") == {}


def test_what_costs_money_is_named_first():
    assert contents(stack("it", template({"A": queue(), "B": ENDPOINT}))) == "a running endpoint, 1 other resource"


def test_two_of_a_kind_are_counted():
    assert contents(stack("it", template({"A": ENDPOINT, "B": ENDPOINT}))) == "a running endpoint (2)"


def test_resources_that_cost_nothing_are_only_counted():
    assert contents(stack("it", template({"A": queue(), "B": queue()}))) == "2 resources"


def test_a_stack_that_was_never_created_has_nothing():
    assert contents(stack("it", template({"It": queue()}), status="ROLLBACK_COMPLETE")) == "nothing"


def test_outputs_without_an_export_are_no_exports():
    assert exports_of({"Outputs": {"Name": {"Value": "it"}}}) == {}

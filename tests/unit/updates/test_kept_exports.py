"""An export that leaves its template while a deployed stack imports it stays for the first of two deploys."""

from __future__ import annotations

from launchpad.updates.kept_exports import kept_exports, merged
from tests.unit.updates.stacks import declared, deployed, importing, queue, stack, template

TWO = template({"First": queue(), "Second": queue()}, {"First": {"Ref": "First"}, "Second": {"Ref": "Second"}})
ONE = template({"First": queue()}, {"First": {"Ref": "First"}})


def test_an_export_in_use_stays():
    now = deployed(stack("network", TWO), stack("jobs", importing("First", "Second")))
    assert kept_exports(now, declared(network=ONE, jobs=importing("First"))) == {"network": frozenset({"Second"})}


def test_an_export_that_no_stack_imports_goes():
    now = deployed(stack("network", TWO), stack("jobs", importing("First")))
    assert kept_exports(now, declared(network=ONE, jobs=importing("First"))) == {}


def test_a_leftover_stack_keeps_what_it_imports():
    now = deployed(stack("network", TWO), stack("studio", importing("Second")))
    assert kept_exports(now, declared(network=ONE)) == {"network": frozenset({"Second"})}


def test_the_exports_of_a_leftover_stack_are_its_own():
    now = deployed(stack("tracking", TWO), stack("jobs", importing("Second")))
    assert kept_exports(now, declared(jobs=importing())) == {}


def test_the_first_deploy_has_both_old_and_new():
    new = template({"First": queue(DelaySeconds=5), "Third": queue()}, {"Third": {"Ref": "Third"}})
    both = merged(TWO, new, ["Second"])
    assert both["Resources"] == {"First": queue(DelaySeconds=5), "Second": queue(), "Third": queue()}
    assert both["Outputs"].keys() == {"Second", "Third"}


def test_the_first_deploy_declares_what_the_old_part_uses():
    old = {**TWO, "Parameters": {"Old": {"Type": "String"}}, "Conditions": {"Never": False}}
    both = merged(old, {**ONE, "Parameters": {"New": {"Type": "String"}}}, ["Second"])
    assert both["Parameters"].keys() == {"Old", "New"}
    assert both["Conditions"] == {"Never": False}

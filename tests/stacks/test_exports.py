"""What optional stacks import is exported whether they exist or not, so that a section can be switched off."""

from __future__ import annotations

from typing import Any

import pytest

from launchpad.updates.deployed import exports_of

SECTIONS: dict[str, Any] = {
    "notebooks": [{"name": "team"}],
    "spark": {"certificates": "spark/tls.zip"},
    "spark_serverless": {},
    "studio": {"users": ["ada"]},
    "tracking": {},
    "endpoints": [{"workload": "boston-housing", "model_data": "s3://promoted/boston-housing/models/1/model.tar.gz"}],
    "budget": {"monthly_usd": 500},
    "github": {"repository": "example/platform"},
    "people": {"approver": {"permission_set": "Approver"}, "auditor": {"permission_set": "Auditor"}},
}
ACCOUNT = {"name": "dev", "region": "eu-west-1", "account": "123456789012"}
OWN_ROLES = ("NotebookRole", "StudioRole")
"""Roles of one section, which exist only with it; `launchpad deploy` keeps them until its stack is deleted."""


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_adds_no_export_to_the_stacks_that_stay(templates, section):
    without = templates(**ACCOUNT)
    with_it = templates(**ACCOUNT, **{section: SECTIONS[section]})
    added = {
        export
        for part in without
        for export in set(exports_of(with_it[part]).values()) - set(exports_of(without[part]).values())
        if not any(role in export for role in OWN_ROLES)
    }
    assert added == set()


def test_the_groups_of_two_existing_vpcs_have_two_exports(templates):
    exports = [
        set(exports_of(templates(**ACCOUNT, network={"existing": existing(number)})["network"]).values())
        for number in (1, 2)
    ]
    assert len(exports[0]) == 1
    assert exports[0] & exports[1] == set()


def existing(number: int) -> dict[str, Any]:
    return {"vpc_id": f"vpc-0000000{number}", "subnet_ids": [f"subnet-000000{number}{zone}" for zone in (1, 2)]}

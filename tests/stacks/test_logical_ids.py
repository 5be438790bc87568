"""The policy of logical ids (docs/upgrading.md): what holds data keeps its id from one version to the next.

CloudFormation replaces a resource whose id changes. `--update-baselines` doesn't write the list, because a name that
leaves it loses data in deployed environments: that takes a person, and an upgrade note in CHANGELOG.md.
"""

from __future__ import annotations

import json
from pathlib import Path

from launchpad.platform_client.retained import KEEPING

BASELINES = Path(__file__).parent / "baselines"
LIST = Path(__file__).parent / "kept_logical_ids.json"


def deployed() -> dict[str, list[str]]:
    """The ids of what is kept when its stack goes, or holds data otherwise, by sample and stack."""
    logical_ids = {
        file.relative_to(BASELINES).with_suffix("").as_posix(): sorted(
            name
            for name, resource in json.loads(file.read_text("utf-8")).get("Resources", {}).items()
            if resource.get("DeletionPolicy") in KEEPING or resource["Type"] in HOLDING
        )
        for file in sorted(BASELINES.rglob("*.json"))
    }
    return {stack: names for stack, names in logical_ids.items() if names}


HOLDING = {
    "AWS::ECR::Repository",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SageMaker::Domain",
    "AWS::SageMaker::ModelPackageGroup",
    "AWS::SageMaker::NotebookInstance",
    "AWS::SageMaker::UserProfile",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
}
"""Types that hold data, or whose replacement is noticed by those who use them."""


def test_what_holds_data_keeps_its_logical_id():
    committed, now = json.loads(LIST.read_text("utf-8")), deployed()
    removed_ids = {stack: sorted(set(names) - set(now.get(stack, ()))) for stack, names in committed.items()}
    removed = {stack: names for stack, names in removed_ids.items() if names}
    assert not removed, (
        "keep these ids, or follow docs/upgrading.md#logical-ids and take them out of kept_logical_ids.json"
    )


def test_a_new_resource_that_holds_data_is_listed():
    committed, now = json.loads(LIST.read_text("utf-8")), deployed()
    new = {stack: sorted(set(names) - set(committed.get(stack, ()))) for stack, names in now.items()}
    missing = {stack: names for stack, names in new.items() if names}
    assert not missing, "add these ids to tests/stacks/kept_logical_ids.json: from now on they stay"

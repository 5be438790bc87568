"""What `promotes_to` says of two configs together is checked, and told at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from launchpad.checks.validation import Folders, Validation
from launchpad.messages.errors import InvalidFileError
from launchpad.settings import load_environment
from launchpad.settings.promotion import neighbours

REGION = "region: eu-west-1\n"
DEV, STAGING, PROD = (f'account: "{digit * 12}"\n' for digit in "123")
TO_STAGING, TO_PROD, TO_DEV = ("promotes_to: [staging]\n", "promotes_to: [prod]\n", "promotes_to: [dev]\n")

WRONG = {
    "an unknown environment": (
        {"dev": "promotes_to: [stagin]\n", "staging": ""},
        r"dev.yaml:3: promotes_to.0: there is no environment 'stagin'; did you mean 'staging'?",
    ),
    "itself": ({"dev": TO_DEV}, "dev.yaml:3: promotes_to.0: an environment can't be promoted to itself"),
    "a circle of three": (
        {"dev": TO_STAGING, "staging": TO_PROD, "prod": TO_DEV},
        "dev.yaml:3: promotes_to.0: models would go in a circle (dev → staging → prod → dev)",
    ),
    "an account on one side only": (
        {"dev": DEV + TO_STAGING, "staging": ""},
        "dev.yaml:4: promotes_to.0: dev has an `account` and staging has none",
    ),
    "an account on the other side only": (
        {"dev": TO_STAGING, "staging": STAGING},
        '`account: "..."`, with the 12 digits of its own number, in dev.yaml',
    ),
    "another region": (
        {"dev": TO_STAGING, "staging": "region: eu-central-1\n"},
        "dev.yaml:3: promotes_to.0: staging is in eu-central-1 and dev in eu-west-1",
    ),
    "a target that serves what it trains": (
        {"dev": TO_STAGING, "staging": "direct_deploy: true\n"},
        "dev.yaml:3: promotes_to.0: staging has `direct_deploy: true`",
    ),
    "a name twice": ({"dev": "promotes_to: [staging, staging]\n", "staging": ""}, "staging is listed twice"),
}


@pytest.mark.parametrize(("configs", "message"), WRONG.values(), ids=WRONG)
def test_validate_tells_what_is_wrong(configs: dict[str, str], message: str, tmp_path: Path) -> None:
    problems = Validation(Folders(config=_folder(tmp_path, configs), workloads=tmp_path, containers=tmp_path)).all()
    assert message in "\n".join(map(str, problems.problems))


@pytest.mark.parametrize(("configs", "message"), [WRONG[case] for case in list(WRONG)[:-1]], ids=list(WRONG)[:-1])
def test_synth_refuses_the_same(configs: dict[str, str], message: str, tmp_path: Path) -> None:
    settings = load_environment("dev", _folder(tmp_path, configs))
    with pytest.raises(InvalidFileError) as refusal:
        neighbours(settings)
    assert message in str(refusal.value)


def test_both_sides_of_a_chain_are_loaded(tmp_path: Path) -> None:
    folder = _folder(tmp_path, {"dev": DEV + TO_STAGING, "staging": STAGING + TO_PROD, "prod": PROD, "other": STAGING})
    staging = load_environment("staging", folder)
    around = neighbours(staging)
    assert [each.name for each in around.sources] == ["dev"]
    assert [each.name for each in around.targets] == ["prod"]
    assert around.elsewhere(staging) == around.targets
    assert neighbours(load_environment("other", folder)) == type(around)()


def test_a_mistake_in_another_config_stops_no_deploy(tmp_path: Path) -> None:
    folder = _folder(tmp_path, {"dev": TO_STAGING, "staging": "", "prod": "retain_data: false\n", "new": "a: [\n"})
    assert [each.name for each in neighbours(load_environment("dev", folder)).targets] == ["staging"]


def test_one_account_needs_no_policies_of_resources(tmp_path: Path) -> None:
    dev = load_environment("dev", _folder(tmp_path, {"dev": DEV + TO_STAGING, "staging": DEV}))
    assert neighbours(dev).elsewhere(dev) == ()


def _folder(folder: Path, configs: dict[str, str]) -> Path:
    for name, keys in configs.items():
        region = "" if "region" in keys else REGION
        (folder / f"{name}.yaml").write_text(f"name: {name}\n{region}{keys}", "utf-8")
    return folder

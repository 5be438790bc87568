"""What the sample configs deploy, against templates that are committed: a change of either shows in the pull request.

To accept a change: `pytest tests/stacks --update-baselines`, then look at what git says of `tests/stacks/baselines/`.
"""

from __future__ import annotations

import difflib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from launchpad import paths
from launchpad.settings import environment_names, load_settings

BASELINES = Path(__file__).parent / "baselines"
SAMPLES = paths.CONFIG / "samples"
NAMES = ("comprehensive", "github", "minimal", "spark-serverless")
ACCEPT = "to accept the change: pytest tests/stacks --update-baselines"

CHANGING = {
    re.compile(r"\b[0-9a-f]{64}\b"): "HASH-OF-AN-ASSET",
    re.compile(r"(?<='LAUNCHPAD_PAYLOAD'\n).*?(?=\nLAUNCHPAD_PAYLOAD)", re.DOTALL): "THE-NOTEBOOKS-SCRIPTS",
}
"""What changes with code, scripts and images, which have other tests, to what stands for it here."""


@pytest.fixture(scope="module")
def workloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Boston housing only: the baselines are about stacks, and another workload is no change of them."""
    folder = tmp_path_factory.mktemp("workloads")
    (folder / "boston-housing").symlink_to(paths.WORKLOADS / "boston-housing")
    return folder


@pytest.fixture
def sample(templates, workloads, tmp_path, request) -> dict[str, str]:
    """The sample's templates as text, by part."""
    settings = load_settings(SAMPLES / f"{request.param}.yaml").model_dump(mode="json", exclude_unset=True)
    settings.pop("containers", None)  # images change with their folders
    parts = templates(workloads, tmp_path, **settings)
    return {part: readable(template) for part, template in sorted(parts.items())}


def readable(template: dict[str, Any]) -> str:
    own = {name: value for name, value in template.items() if name not in ("Parameters", "Rules")}
    return json.dumps(stable(own), indent=1, sort_keys=True) + "\n"


def stable(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: stable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [stable(item) for item in value]
    if isinstance(value, str):
        for pattern, word in CHANGING.items():
            value = pattern.sub(word, value)
    return value


@pytest.mark.parametrize(("sample", "name"), [(name, name) for name in NAMES], indirect=["sample"])
def test_a_sample_deploys_what_its_baseline_says(sample: dict[str, str], name: str, request: pytest.FixtureRequest):
    folder = BASELINES / name
    if request.config.getoption("--update-baselines", default=False):
        update(folder, sample)
    committed = {file.stem: file.read_text("utf-8") for file in folder.glob("*.json")}
    assert sorted(committed) == sorted(sample), ACCEPT
    for part, text in sample.items():
        difference = "\n".join(difflib.unified_diff(committed[part].splitlines(), text.splitlines(), lineterm="", n=2))
        assert not difference, f"{name}/{part}: {ACCEPT}\n{difference}"


def update(folder: Path, sample: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("*.json"):
        if file.stem not in sample:
            file.unlink()
    for part, text in sample.items():
        (folder / f"{part}.json").write_text(text, "utf-8")


def test_a_sample_is_no_environment():
    assert not set(NAMES) & set(environment_names())


def test_the_minimal_sample_has_no_more_than_eleven_lines():
    assert len((SAMPLES / "minimal.yaml").read_text().splitlines()) <= 11


def test_a_baseline_holds_nothing_that_differs_between_machines():
    for file in BASELINES.rglob("*.json"):
        assert str(paths.ROOT) not in file.read_text("utf-8")
        assert re.search(r"/tmp/|/home/(?!ec2-user)", file.read_text("utf-8")) is None, file

"""`launchpad validate` notes what a script imports and its image does not have."""

from __future__ import annotations

import pytest

from launchpad.catalogue.imports import locked_modules, missing_imports, requirements_digest
from launchpad.checks.validation import Validation
from local_aws.runtimes.images import load_images
from tools.image_modules import FOLDERS


@pytest.fixture
def imported(tmp_path):
    """The modules that are missing, of scripts by name."""

    def missing(scripts: dict[str, str], framework: str = "sklearn") -> list[tuple[str, int | None]]:
        for name, text in scripts.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text)
        problems = missing_imports("train.py", {name: tmp_path / name for name in scripts}, framework)
        return [(problem.message.split("'")[1], problem.line) for problem in problems]

    return missing


def test_a_module_that_the_image_lacks_is_named_with_its_line(imported):
    assert imported({"train.py": "import json\nimport numpy as np\nimport lightgbm\n"}) == [("lightgbm", 3)]


def test_each_framework_has_other_modules(imported):
    assert imported({"train.py": "from torch import nn\n"}, "sklearn") == [("torch", 1)]
    assert imported({"train.py": "from torch import nn\n"}, "pytorch") == []


def test_modules_besides_the_framework_are_those_of_awss_images(imported):
    assert imported({"train.py": "from tabulate import tabulate\nimport flask\n"}, "sklearn") == []
    assert imported({"train.py": "import dask.dataframe\nimport matplotlib\nimport numba\n"}, "xgboost") == []


def test_the_workloads_own_modules_are_looked_into(imported):
    scripts = {"train.py": "import helper\nfrom package import thing\n", "helper.py": "import lightgbm\n"}
    scripts["package/__init__.py"] = "import catboost\n"
    assert imported(scripts) == [("lightgbm", 1), ("catboost", 1)]


def test_a_module_that_no_job_imports_is_not_looked_into(imported):
    assert imported({"train.py": "import json\n", "other.py": "import lightgbm\n"}) == []


@pytest.mark.parametrize(
    "script",
    [
        "try:\n    import lightgbm\nexcept ImportError:\n    lightgbm = None\n",
        "def train():\n    import lightgbm\n",
        "from . import lightgbm\n",
        "import sagemaker_containers\n",
    ],
)
def test_what_may_not_run_or_may_be_there_is_no_warning(imported, script):
    assert imported({"train.py": script}) == []


def test_requirements_may_bring_any_module(imported):
    assert imported({"train.py": "import lightgbm\n", "requirements.txt": "lightgbm\n"}) == []


def test_the_committed_workloads_need_no_warning():
    validation = Validation().all()
    assert [note for note in validation.notes if "has no module" in note] == []


@pytest.mark.parametrize("framework", FOLDERS)
def test_the_known_modules_are_those_of_the_current_environments(framework):
    images = {image.name: image for image in load_images()}
    digest = requirements_digest(images[FOLDERS[framework]].layers)
    assert locked_modules()[framework]["requirements"] == digest, "run `make lock-modules`"

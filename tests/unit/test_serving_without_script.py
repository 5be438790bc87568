"""`serving.entry_point` is optional where AWS's image serves such a model without a script."""

from __future__ import annotations

import pytest

from launchpad.config_files.yaml_source import load
from launchpad.messages.errors import InvalidFileError
from launchpad.requests import model_request
from launchpad.workload import Workload
from launchpad.workload.schema import SERVES_WITHOUT_SCRIPT

FILE = """\
name: mine
description: A model.
image: {{framework: {framework}}}
serving:
  instance: {{type: ml.m5.large}}
"""


def load_with(framework: str, folder) -> Workload:
    path = folder / "workload.yaml"
    path.write_text(FILE.format(framework=framework))
    return load(path, Workload)


@pytest.mark.parametrize("framework", sorted(SERVES_WITHOUT_SCRIPT))
def test_an_image_with_default_handlers_needs_no_script(framework, tmp_path):
    assert load_with(framework, tmp_path).serving.entry_point is None


def test_an_image_without_a_default_model_fn_needs_a_script(tmp_path):
    with pytest.raises(InvalidFileError, match=r"serving\.entry_point: is required: .* no default model_fn"):
        load_with("sklearn", tmp_path)


def test_a_model_without_a_script_has_no_variables_of_one(definition, environment):
    definition["serving"]["entry_point"] = None
    container = model_request(definition, environment, "s3://b/w/jobs/j/output/model.tar.gz")["PrimaryContainer"]
    assert [name for name in container["Environment"] if name.startswith("SAGEMAKER_")] == []

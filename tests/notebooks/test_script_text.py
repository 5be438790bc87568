"""What CloudFormation is given: the scripts' text, its size and its checks. Runs anywhere, without root."""

import ast
import base64
import bz2
import json
import re
import subprocess
from pathlib import Path

import pytest

from stacks.constructs import lifecycle_scripts
from stacks.constructs.lifecycle_scripts import (
    CONTENT_LIMIT,
    PLATFORM_IDENTIFIER,
    SCRIPTS,
    content_length,
    encoded,
    on_create_script,
    on_start_script,
)
from tests.notebooks.sandbox import REPOSITORY

SHELL_FILES = sorted([*SCRIPTS.glob("*.sh"), *(REPOSITORY / "tests/notebooks/stand_ins").glob("[!.]*[!y]")])
BUCKET_TOKEN = "${Token[TOKEN.123]}"


def _shape(name):
    import botocore.session

    return botocore.session.get_session().get_service_model("sagemaker").shape_for(name)


def _shellcheck(path: Path):
    program = REPOSITORY / ".venv/bin/shellcheck"
    return subprocess.run([program, "--external-sources", path], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("path", SHELL_FILES, ids=lambda path: path.name)
def test_shellcheck_finds_nothing(path):
    result = _shellcheck(path)
    assert result.returncode == 0, result.stdout


def test_shellcheck_finds_nothing_in_what_is_deployed(tmp_path):
    deployed = tmp_path / "deployed.sh"
    deployed.write_text(on_start_script({"LAUNCHPAD_ENVIRONMENT": "dev"}, docker=True))
    result = _shellcheck(deployed)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("*.py")), ids=lambda path: path.name)
def test_python_files_parse_on_amazon_linux_2(path):
    ast.parse(path.read_text(), feature_version=(3, 7))


def test_deployed_script_carries_the_files_as_they_are():
    script = on_start_script({})
    payload = re.search(r"<<'LAUNCHPAD_PAYLOAD'\n(.*)\nLAUNCHPAD_PAYLOAD\n", script)
    assert payload
    files = json.loads(bz2.decompress(base64.b85decode(payload[1])))
    assert files == {name: (SCRIPTS / name).read_text() for name in files}
    assert {*files, "unpack.sh", "on-create.sh"} == {path.name for path in SCRIPTS.iterdir() if path.is_file()}


def test_limit_and_platform_are_what_the_service_model_says():
    content = _shape("NotebookInstanceLifecycleConfigContent")
    assert content.metadata["max"] == CONTENT_LIMIT
    platform = _shape("PlatformIdentifier")
    assert re.fullmatch(platform.metadata["pattern"], PLATFORM_IDENTIFIER)


def test_a_platform_with_a_dozen_values_fits():
    variables = {f"LAUNCHPAD_A_TYPICAL_NAME_{number}": BUCKET_TOKEN for number in range(12)}
    script = on_start_script(variables, docker=True)
    assert content_length(script) <= CONTENT_LIMIT


def test_content_length_is_that_of_the_encoded_text():
    script = on_start_script({"LAUNCHPAD_ENVIRONMENT": "développement"})
    assert content_length(script) == len(encoded(script))


def test_a_script_that_is_too_long_is_refused():
    with pytest.raises(ValueError, match=r"OnStart script takes \d+ characters .* takes 16384: pass fewer"):
        on_start_script({"LAUNCHPAD_NOTES": "x" * 4000})


def test_the_same_values_give_the_same_text_in_any_order():
    values = {"LAUNCHPAD_A": "1", "LAUNCHPAD_B": "2"}
    assert on_start_script(values) == on_start_script(dict(reversed(values.items())))


def test_tokens_stay_whole_for_cloudformation():
    script = on_start_script({"LAUNCHPAD_DATA": f"s3://{BUCKET_TOKEN}/in"})
    assert f"\nLAUNCHPAD_DATA=s3://{BUCKET_TOKEN}/in\n" in script


def test_cdk_resolves_tokens_inside_base64():
    from aws_cdk import CfnParameter, Fn, Stack

    stack = Stack()
    bucket = CfnParameter(stack, "Bucket").value_as_string
    resolved = stack.resolve(Fn.base64(on_start_script({"LAUNCHPAD_DATA": bucket})))
    before, reference, after = resolved["Fn::Base64"]["Fn::Join"][1]
    assert before.endswith("\nLAUNCHPAD_DATA=")
    assert reference == {"Ref": "Bucket"}
    assert after.startswith("\nLAUNCHPAD_VARIABLES\n")


def test_a_script_with_tokens_is_not_encoded_at_synth():
    with pytest.raises(ValueError, match=r"use Fn\.base64"):
        encoded(on_start_script({"LAUNCHPAD_DATA": BUCKET_TOKEN}))


def test_a_value_that_looks_like_a_placeholder_stays_itself():
    assert "\nLAUNCHPAD_NOTE=@payload@ @arguments@\n" in on_start_script({"LAUNCHPAD_NOTE": "@payload@ @arguments@"})


def test_crlf_endings_are_refused(tmp_path, monkeypatch):
    (tmp_path / "on-create.sh").write_bytes(b"#!/bin/bash\r\ntrue\r\n")
    monkeypatch.setattr(lifecycle_scripts, "SCRIPTS", tmp_path)
    with pytest.raises(ValueError, match="CRLF line endings: save it with LF"):
        on_create_script()


@pytest.mark.parametrize("path", [*SCRIPTS.glob("*.*")], ids=lambda path: path.name)
def test_files_have_lf_endings(path):
    assert b"\r" not in path.read_bytes()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"variables": {"DATA BUCKET": "x"}}, "'DATA BUCKET' is no name of an environment variable"),
        ({"variables": {"PATH": "/tmp"}}, "PATH belongs to the system: choose another name, such as LAUNCHPAD_PATH"),
        ({"variables": {"LD_PRELOAD": "x.so"}}, "LD_PRELOAD belongs to the system"),
        ({"variables": {"A": "one\ntwo"}}, "has a line break or control character"),
        ({"variables": {"A": "one\ttwo"}}, "has a line break or control character"),
        ({"variables": {}, "idle_minutes": 5}, "idle_minutes: 5 is not from 10 to 10080"),
        ({"variables": {}, "requirement": "sagemaker"}, "requirement: 'sagemaker' is not of the form"),
        ({"variables": {}, "requirement": "x==1; rm -rf /"}, "is not of the form"),
        ({"variables": {}, "conda_environments": ["../base"]}, "conda_environments: '../base' is not of the form"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_values_that_cannot_work_are_refused(wrong, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        on_start_script(**wrong)

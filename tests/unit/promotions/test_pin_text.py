"""Writing a pin changes its own lines, and no other byte of the config."""

from __future__ import annotations

import pytest

from launchpad.messages.errors import LaunchpadError
from launchpad.promotions.pin_text import pin_of, with_pin

PROMOTED = {"promoted": {"from": "dev", "artifact": "s3://models/wine/models/j/0/model.tar.gz", "sha256": "1" * 64}}
LINES = f"""\
    promoted: # written by `launchpad promote`
      from: dev
      artifact: s3://models/wine/models/j/0/model.tar.gz
      sha256: "{"1" * 64}"
"""
BEER = "endpoints:\n  - workload: beer\n    model_data: s3://b/model.tar.gz # why\n"
RED = "endpoints: # all\n  # first\n  - workload: wine # red\n"
INSTANCE = "    # big\n    instance: {type: ml.m5.large} # for now\n"
BLOCK = "endpoints:\n  - workload: beer\n    model_data: >-\n      s3://b/model.tar.gz\n"
WINE = "endpoints:\n  - workload: wine\n"
FROZEN = "      # frozen until the audit: ask Ada\n"
BY_HAND = "    promoted: # by hand\n      from: dev\n      sha256: x\n"
TEXTS = {
    "no list": ("name: qa # short\n", f"name: qa # short\n\nendpoints:\n  - workload: wine\n{LINES}"),
    "no newline at the end": ("name: qa", f"name: qa\n\nendpoints:\n  - workload: wine\n{LINES}"),
    "another workload": (
        f"{BEER}    # end\n\n# tags\ntags: {{a: b}}\n",
        f"{BEER}  - workload: wine\n{LINES}    # end\n\n# tags\ntags: {{a: b}}\n",
    ),
    "a pin with other keys": (
        f"{RED}    model_data: s3://a/model.tar.gz\n{INSTANCE}    model_data_key: arn:key\nname: qa\n",
        f"{RED}{LINES}{INSTANCE}name: qa\n",
    ),
    "the model next to the hyphen": (
        "endpoints:\n  - model_package: arn:x # 6\n    workload: wine\n",
        f"endpoints:\n  - {LINES.lstrip()}    workload: wine\n",
    ),
    "an earlier promotion": (
        f"endpoints:\n  - workload: wine\n{BY_HAND}\n    traffic: linear\n",
        f"endpoints:\n  - workload: wine\n{LINES}\n    traffic: linear\n",
    ),
    "the preprocessors of the old model": (
        f"{WINE}    model_data: s3://a/model.tar.gz\n    preprocessors:\n      scaler: s3://a/s.tar.gz\n{INSTANCE}",
        f"{WINE}{LINES}{INSTANCE}",
    ),
    "comments between the old keys": (
        f"{WINE}    promoted:\n{FROZEN}      from: dev # why\n    # next\n    traffic: linear\n",
        f"{WINE}{LINES}{FROZEN}    # next\n    traffic: linear\n",
    ),
    "a text in a block": (
        f"endpoints:\n  - workload: wine\n    model_data: >-\n      s3://a/model.tar.gz\n{INSTANCE}",
        f"endpoints:\n  - workload: wine\n{LINES}{INSTANCE}",
    ),
    "an empty line behind a text in a block": (
        f"endpoints:\n  - workload: wine\n    model_data: |-\n      s3://a/model.tar.gz\n\n{INSTANCE}",
        f"endpoints:\n  - workload: wine\n{LINES}\n{INSTANCE}",
    ),
    "another workload's text in a block": (
        f"{BLOCK}# tags\n",
        f"{BLOCK}  - workload: wine\n{LINES}# tags\n",
    ),
    "a text in a block without a newline at the end": (
        "endpoints:\n  - workload: wine\n    model_data: >-\n      s3://a/model.tar.gz",
        f"endpoints:\n  - workload: wine\n{LINES}",
    ),
}


@pytest.mark.parametrize(("before", "after"), TEXTS.values(), ids=TEXTS)
def test_only_the_lines_of_the_pin_change(before, after):
    assert with_pin(before, "wine", PROMOTED) == after
    assert with_pin(after, "wine", PROMOTED) == after
    assert pin_of(after, "wine") == PROMOTED


def test_line_endings_of_windows_stay():
    text = with_pin("name: qa\r\n", "wine", PROMOTED)
    assert text.count("\r\n") == text.count("\n") == 8


def test_a_list_without_indentation_stays_so():
    text = with_pin("endpoints:\n- workload: wine\n  model_data: s3://a/model.tar.gz\n", "wine", PROMOTED)
    assert text.startswith("endpoints:\n- workload: wine\n  promoted:")


@pytest.mark.parametrize(
    "text",
    [
        "endpoints: [{workload: wine, model_data: s3://a/model.tar.gz}]\n",
        "endpoints:\n  - {workload: wine, model_data: s3://a/model.tar.gz}\n",
        "endpoints:\n  - workload: wine\n    model_data: &it s3://a/x\n  - workload: beer\n    model_data: *it\n",
    ],
)
def test_what_can_not_be_changed_alone_is_refused_with_the_lines(text):
    with pytest.raises(LaunchpadError) as error:
        with_pin(text, "wine", PROMOTED)
    assert f"endpoints:\n  - workload: wine\n{LINES.rstrip()}" in str(error.value)

"""What a mode of serving excludes is refused before a deploy, with the key and the reason."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from jsonschema_rs import validator_for

from launchpad.catalogue.pinned_endpoints import Pin
from launchpad.catalogue.together import problems_together
from launchpad.checks.json_schemas import schema
from launchpad.config_files.yaml_source import load
from launchpad.messages.errors import InvalidFileError
from launchpad.quotas.demand import demands
from launchpad.quotas.instance_usage import ENDPOINT, instance_usages
from launchpad.settings import EnvironmentSettings, PinnedEndpoint
from launchpad.workload import Workload
from tests.unit.conftest import rendered

HEAD = """\
name: one
description: A test.
image: {framework: sklearn}
serving:
  entry_point: inference.py
"""
INSTANCE = "  instance: {type: ml.m5.large}\n"
TWO = "  instance: {type: ml.m5.large, count: 2}\n"
SERVERLESS = "  mode: serverless\n  network_isolation: false\n"
ASYNC = f"  mode: async\n{INSTANCE}"
SCALED = "  scaling: {{maximum: 4, {}}}\n"
PROVISIONED = "  serverless: {max_concurrency: 10, provisioned_concurrency: 2}\n"

RIGHT = {
    "real time": INSTANCE,
    "serverless": SERVERLESS,
    "serverless with settings": f"{SERVERLESS}{PROVISIONED}  scaling: {{minimum: 1, maximum: 10, utilization: 0.7}}\n",
    "async": f"{ASYNC}  async: {{concurrency_per_instance: 4, notify: true}}\n",
    "async to zero": f"{ASYNC}  scaling: {{minimum: 0, maximum: 4, backlog: 5}}\n",
    "scaled by invocations": INSTANCE + SCALED.format("invocations_per_minute: 600"),
    "scaled by concurrency": INSTANCE + SCALED.format("concurrency: 8"),
    "scheduled": INSTANCE
    + SCALED.format(
        'concurrency: 8, schedule: [{cron: "0 20 ? * MON-FRI *", timezone: Europe/Berlin, minimum: 1, maximum: 1}]'
    ),
    "pools": "  instance: {types: [ml.m5.large, ml.m5.xlarge], count: 2}\n",
    "hours": f'{INSTANCE}  hours: {{open: "08:00", close: "20:00", days: MON-FRI, timezone: Europe/Berlin}}\n',
    "idle": f"{INSTANCE}  idle_hours: 0\n",
    "canary": f"{TWO}  release: {{traffic: canary, percent: 10, bake_minutes: 10}}\n",
    "rolling": f"{TWO}  release: {{traffic: rolling, percent: 50, bake_minutes: 5}}\n",
    "preprocessors": f"{INSTANCE}  preprocessors: [other]\n",
    "shared": f"{INSTANCE}  shared_endpoint: many\n",
}

WRONG = [
    ("", "4: serving.instance: this key is required"),
    ("  instance: {count: 1}\n", "6: serving.instance: write exactly one of type and types"),
    ("  instance: {type: ml.m5.large, types: [ml.m5.large, ml.m5.xlarge]}\n", "write exactly one of type and types"),
    ("  instance: {types: [ml.m5.large]}\n", "6: serving.instance.types: should have at least 2 items"),
    ("  instance: {types: [ml.m5.large, ml.m5.large]}\n", "serving.instance.types: ml.m5.large is listed twice"),
    (f"  instance: {{types: [{', '.join(['ml.m5.large'] * 6)}]}}\n", "should have at most 5 items"),
    ("  mode: batch\n", "6: serving.mode: should be 'realtime', 'serverless' or 'async', not 'batch'"),
    (f"{INSTANCE}  serverless: {{}}\n", "7: serving.serverless: has no effect without `mode: serverless`"),
    (f"{INSTANCE}  async: {{}}\n", "7: serving.async: has no effect without `mode: async`"),
    (f"{INSTANCE}  asnyc: {{}}\n", "did you mean 'async'?"),
    ("  mode: serverless\n", "serving.network_isolation: a serverless endpoint can't be isolated: write"),
    (SERVERLESS + INSTANCE, "8: serving.instance: a serverless endpoint has no instances, and no GPU"),
    (f"{SERVERLESS}  serverless: {{memory_mb: 1500}}\n", "serving.serverless.memory_mb: should be 1024, 2048, 3072"),
    (f"{SERVERLESS}  serverless: {{max_concurrency: 201}}\n", "should be less than or equal to 200, not 201"),
    (
        f"{SERVERLESS}  serverless: {{max_concurrency: 2, provisioned_concurrency: 3}}\n",
        "8: serving.serverless.provisioned_concurrency: must be at most max_concurrency (2), not 3",
    ),
    (f"{SERVERLESS}  release: {{}}\n", "8: serving.release: a serverless endpoint has no instances between which"),
    (f"{SERVERLESS}  preprocessors: [other]\n", "8: serving.preprocessors: a serverless endpoint has one container"),
    (f"{SERVERLESS}  shared_endpoint: many\n", "8: serving.shared_endpoint: a serverless endpoint serves one model"),
    (f"{SERVERLESS}  scaling: {{maximum: 4, utilization: 0.7}}\n", "8: serving.scaling: a serverless endpoint scales"),
    (
        f"{SERVERLESS}{PROVISIONED}  scaling: {{maximum: 4, concurrency: 8}}\n",
        "9: serving.scaling.concurrency: an endpoint with `mode: serverless` publishes no metric for it; write util",
    ),
    (
        f"{SERVERLESS}{PROVISIONED}  scaling: {{maximum: 11, utilization: 0.7}}\n",
        "9: serving.scaling.maximum: must be at most 10 (serverless.max_concurrency), not 11",
    ),
    (f"{ASYNC}  preprocessors: [other]\n", "8: serving.preprocessors: an asynchronous endpoint has one container"),
    (f"{ASYNC}  shared_endpoint: many\n", "8: serving.shared_endpoint: an asynchronous request can't choose among"),
    (f"{ASYNC}  async: {{concurrency_per_instance: 1001}}\n", "should be less than or equal to 1000, not 1001"),
    (
        ASYNC + SCALED.format("invocations_per_minute: 9"),
        "with `mode: async` publishes no metric for it; write backlog",
    ),
    (INSTANCE + SCALED.format("backlog: 9"), "7: serving.scaling.backlog: an endpoint with `mode: realtime` publishes"),
    (INSTANCE + SCALED.format("utilization: 0.5"), "serving.scaling.utilization: an endpoint with `mode: realtime`"),
    (INSTANCE + SCALED.format("minimum: 1"), "7: serving.scaling: write exactly one of invocations_per_minute, conc"),
    (INSTANCE + SCALED.format("concurrency: 8, invocations_per_minute: 9"), "serving.scaling: write exactly one of"),
    (INSTANCE + SCALED.format("concurrency: 8, minimum: 5"), "serving.scaling.maximum: must be at least minimum (5)"),
    (INSTANCE + SCALED.format("concurrency: 8, minimum: 0"), "serving.scaling.minimum: 0 needs `mode: async`"),
    (
        INSTANCE + SCALED.format('concurrency: 8, schedule: [{cron: "0 20 ? * * *", minimum: 0}]'),
        "serving.scaling.schedule.0.minimum: 0 needs `mode: async`",
    ),
    (f"{INSTANCE}  scaling: {{maximum: 101, concurrency: 8}}\n", "must be at most 100 instances, not 101"),
    (TWO + SCALED.format("concurrency: 8"), "serving.instance.count: has no effect with scaling"),
    (
        INSTANCE + SCALED.format('concurrency: 8, schedule: [{cron: "0 25 ? * * *", minimum: 1}]'),
        "serving.scaling.schedule.0.cron: the cron field hours can't be '25'",
    ),
    (
        INSTANCE
        + SCALED.format('concurrency: 8, schedule: [{cron: "0 20 ? * * *", timezone: Europe/Berln, minimum: 1}]'),
        "serving.scaling.schedule.0.timezone: there is no time zone 'Europe/Berln'",
    ),
    (
        INSTANCE + SCALED.format('concurrency: 8, schedule: [{cron: "0 20 ? * * *"}]'),
        "serving.scaling.schedule.0: write minimum, maximum or both",
    ),
    (
        INSTANCE + SCALED.format('concurrency: 8, schedule: [{cron: "0 20 ? * * *", minimum: 5}]'),
        "serving.scaling.schedule.0: from then on the least (5) would be above the most (4)",
    ),
    (
        INSTANCE
        + SCALED.format(
            'concurrency: 8, schedule: [{cron: "0 2 ? * * *", minimum: 2}, {cron: "0 2 ? * * *", minimum: 3}]'
        ),
        "serving.scaling.schedule.1.cron: is the time of an earlier entry",
    ),
    (f'{INSTANCE}  hours: {{open: "8:00", close: "20:00"}}\n', 'serving.hours.open: write a time such as "08:00"'),
    (f'{INSTANCE}  hours: {{open: "20:00", close: "08:00"}}\n', "serving.hours.close: must be later than open (20:00)"),
    (f'{INSTANCE}  hours: {{open: "08:00", close: "20:00", days: FRI-MON}}\n', "'FRI-MON' runs backwards"),
    (f"{INSTANCE}  release: {{traffic: canary}}\n", "7: serving.release.traffic: needs 2 instances, because a step is"),
    (f"{INSTANCE}  release: {{traffic: rolling}}\n", "serving.release.traffic: needs 2 instances"),
    (
        f"{INSTANCE}  scaling: {{maximum: 4, concurrency: 8}}\n  release: {{traffic: linear}}\n",
        "8: serving.release.traffic: needs 2 instances",
    ),
    (f"{TWO}  release: {{traffic: linear, percent: 5}}\n", "serving.release.percent: must be at least 10 with"),
    (f"{TWO}  release: {{percent: 20}}\n", "serving.release.percent: has no effect with `traffic: all-at-once`"),
    (
        f"{TWO}  release: {{traffic: linear, percent: 10, bake_minutes: 60}}\n",
        "serving.release.bake_minutes: an update would take 600 minutes, SageMaker allows 420",
    ),
    (f"{INSTANCE}  preprocessors: [a, a]\n", "7: serving.preprocessors: a is listed twice"),
    (f"{INSTANCE}  preprocessors: [a]\n  shared_endpoint: many\n", "7: serving.preprocessors: a shared endpoint has"),
    (
        "  instance: {type: ml.g5.xlarge}\n  shared_endpoint: many\n",
        "7: serving.shared_endpoint: ml.g5.xlarge has a GPU, on which only Triton's images serve several models",
    ),
    (
        f"  image: {{algorithm: kmeans}}\n{INSTANCE}  shared_endpoint: many\n",
        "8: serving.shared_endpoint: AWS's image of kmeans serves one model",
    ),
]


def read(text: str, tmp_path: Any) -> Workload:
    path = tmp_path / "workload.yaml"
    path.write_text(HEAD + text)
    return load(path, Workload)


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT)
def test_each_mode_is_described_in_its_keys(tmp_path, text):
    assert read(text, tmp_path).serving


@pytest.mark.parametrize(("text", "complaint"), WRONG, ids=[complaint[:60] for _, complaint in WRONG])
def test_what_excludes_each_other_is_refused_with_its_line(tmp_path, text, complaint):
    with pytest.raises(InvalidFileError) as error:
        read(text, tmp_path)
    assert complaint in str(error.value)


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT)
def test_an_editor_takes_each_mode(text):
    document = yaml.safe_load(HEAD + text)
    assert [error.message for error in validator_for(schema("workload")).iter_errors(document)] == []


SEEN_BY_EDITORS = [
    "",
    "  instance: {count: 1}\n",
    "  instance: {types: [ml.m5.large]}\n",
    f"{INSTANCE}  serverless: {{}}\n",
    f"{INSTANCE}  async: {{}}\n",
    "  mode: serverless\n",
    SERVERLESS + INSTANCE,
    f"{SERVERLESS}  release: {{}}\n",
    f"{SERVERLESS}  preprocessors: [other]\n",
    f"{SERVERLESS}  shared_endpoint: many\n",
    f"{SERVERLESS}  scaling: {{maximum: 4, utilization: 0.7}}\n",
    f"{ASYNC}  shared_endpoint: many\n",
    f"{ASYNC}  preprocessors: [other]\n",
    INSTANCE + SCALED.format("backlog: 9"),
    ASYNC + SCALED.format("concurrency: 9"),
    INSTANCE + SCALED.format("minimum: 1"),
    INSTANCE + SCALED.format("concurrency: 8, minimum: 0"),
    TWO + SCALED.format("concurrency: 8"),
    INSTANCE + SCALED.format('concurrency: 8, schedule: [{cron: "0 20 ? * * *"}]'),
    f"{TWO}  release: {{percent: 20}}\n",
    f"{TWO}  release: {{traffic: linear, percent: 5}}\n",
    f"{INSTANCE}  preprocessors: [a]\n  shared_endpoint: many\n",
]


@pytest.mark.parametrize("text", SEEN_BY_EDITORS)
def test_an_editor_sees_what_excludes_each_other(text):
    assert list(validator_for(schema("workload")).iter_errors(yaml.safe_load(HEAD + text)))


def definitions(**sections: str) -> dict[str, dict[str, Any]]:
    return {name: rendered(HEAD.replace("name: one", f"name: {name}") + text) for name, text in sections.items()}


SHARED = f"{INSTANCE}  shared_endpoint: many\n"


@pytest.mark.parametrize(
    ("workloads", "complaint"),
    [
        ({"a": f"{INSTANCE}  preprocessors: [a]\n"}, "serving.preprocessors.0: is this workload itself"),
        ({"a": f"{INSTANCE}  preprocessors: [bb]\n", "b": INSTANCE}, "there is no workload 'bb'"),
        (
            {"a": f"{INSTANCE}  preprocessors: [b]\n", "b": f"{INSTANCE}  preprocessors: [c]\n", "c": INSTANCE},
            "'b' is no single container",
        ),
        ({"a": f"{INSTANCE}  preprocessors: [b]\n", "b": SHARED}, "'b' is no single container"),
        (
            {"a": f"{INSTANCE}  preprocessors: [b]\n", "b": f"{INSTANCE}  network_isolation: false\n"},
            "'b' has another network_isolation",
        ),
        ({"a": SHARED, "many": INSTANCE}, "serving.shared_endpoint: 'many' is a workload"),
        ({"a": SHARED, "b": SHARED.replace("m5.large", "m5.xlarge")}, "'a' shares this endpoint and has another inst"),
        ({"a": SHARED, "b": f"{SHARED}  idle_hours: 3\n"}, "serving.idle_hours: 'a' shares this endpoint"),
    ],
)
def test_workloads_of_one_endpoint_must_fit_together(tmp_path, workloads, complaint):
    assert complaint in "\n".join(map(str, problems_together(definitions(**workloads), tmp_path)))


def test_workloads_that_fit_together_have_no_problems(tmp_path):
    fitting = definitions(a=f"{INSTANCE}  preprocessors: [b]\n", b=INSTANCE, c=SHARED, d=SHARED)
    assert problems_together(fitting, tmp_path) == []


def test_a_preprocessor_must_be_served(tmp_path):
    trains = rendered("name: b\ndescription: A test.\nimage: {framework: sklearn}\n")
    problems = problems_together({**definitions(a=f"{INSTANCE}  preprocessors: [b]\n"), "b": trains}, tmp_path)
    assert "'b' has no `serving` section" in str(problems[0])


def test_a_transform_job_has_no_preprocessors(tmp_path):
    transform = "transform:\n  input: {prefix: a, content_type: text/csv}\n  instance: {type: ml.m5.large}\n"
    with pytest.raises(InvalidFileError, match="a transform job runs this model without its preprocessors"):
        read(f"{INSTANCE}  preprocessors: [other]\n{transform}", tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  instance: {types: [ml.m5.large, ml.c5.large], count: 2}\n", {"ml.m5.large": 2, "ml.c5.large": 2}),
        (INSTANCE + SCALED.format("concurrency: 8"), {"ml.m5.large": 4}),
        (SERVERLESS, {}),
    ],
)
def test_quotas_count_every_instance_that_may_be_started(text, expected):
    usages = list(instance_usages(rendered(HEAD + text)))
    assert {usage.instance_type: usage.count for usage in usages} == expected
    assert {usage.kind for usage in usages} <= {ENDPOINT}


def test_a_shadow_and_variants_need_instances_as_well():
    models = [f"s3://models/one/models/{job}/0123456789abcdef/model.tar.gz" for job in "abc"]
    keys = {"workload": "one", "model_data": models[0]}
    variant = {"name": "challenger", "model_data": models[1], "weight": 1}
    definition = rendered(HEAD + TWO)
    shadowed = Pin(PinnedEndpoint.model_validate({**keys, "shadow": {"model_data": models[2]}}), definition)
    divided = Pin(PinnedEndpoint.model_validate({**keys, "variants": [variant]}), definition)
    settings = EnvironmentSettings(name="prod", region="eu-west-1")
    for pin in (shadowed, divided):
        (demand,) = demands(settings, {}, [pin])
        assert demand.count == 2 * 2 * 2  # instances, variants, and both fleets of an update

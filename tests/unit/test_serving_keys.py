"""How a model is put into service: what the deploy function is asked for, and what is refused before."""

from __future__ import annotations

from typing import Any

import pytest

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.serving_keys import Way, single_instance
from launchpad.workload import Workload

INSTANCE = {"type": "ml.m5.large", "count": 2}


def workload(**serving: Any) -> Workload:
    section = {"entry_point": "inference.py", "instance": INSTANCE, **serving}
    if section.get("mode") == "serverless":
        del section["instance"]
        section["network_isolation"] = False
    return Workload.model_validate(
        {
            "name": "demo",
            "description": "A demo.",
            "image": {"framework": "sklearn", "version": "1.4-2"},
            "serving": section,
        }
    )


@pytest.mark.parametrize(
    ("way", "keys"),
    [
        (Way(), {}),
        (Way(canary=20), {"release": {"traffic": "canary", "percent": 20, "bake_minutes": 10}}),
        (Way(rolling=5, bake=0), {"release": {"traffic": "rolling", "percent": 5, "bake_minutes": 0}}),
        (Way(all_at_once=True), {"release": {"traffic": "all-at-once", "percent": 10, "bake_minutes": 10}}),
        (Way(variant="b", weight=0.2), {"variant": "b", "weight": 0.2}),
        (Way(shadow=True, weight=1), {"shadow": True, "weight": 1}),
        (Way(promote="b"), {"promote": "b"}),
    ],
)
def test_each_option_is_a_key_of_the_event(way, keys):
    assert way.keys(workload()) == keys


def test_a_bake_time_alone_keeps_the_workloads_release():
    release = {"traffic": "linear", "percent": 25, "bake_minutes": 10}
    assert Way(bake=3).keys(workload(release=release)) == {"release": {**release, "bake_minutes": 3}}


def test_jobs_of_preprocessors_are_a_key_of_the_event():
    way = Way(preprocessor_jobs=("cleaning=dev-cleaning-3",))
    keys = way.keys(workload(preprocessors=["cleaning", "scaling"]))
    assert keys == {"preprocessor_jobs": {"cleaning": "dev-cleaning-3"}}


@pytest.mark.parametrize(
    ("preprocessors", "options", "words"),
    [
        (["cleaning"], ("claening=j",), "'claening' is not in `preprocessors` of demo; did you mean 'cleaning'"),
        ([], ("cleaning=j",), "'cleaning' is not in `preprocessors` of demo; it has none"),
        (["cleaning"], ("cleaning",), "write WORKLOAD=JOB, not 'cleaning'"),
        (["cleaning"], ("cleaning=a", "cleaning=b"), "cleaning is named twice"),
    ],
    ids=["unknown", "none", "no job", "twice"],
)
def test_jobs_that_no_preprocessor_has_are_refused_at_once(preprocessors, options, words):
    with pytest.raises(LaunchpadError, match=words):
        Way(preprocessor_jobs=options).keys(workload(preprocessors=preprocessors))


@pytest.mark.parametrize(
    ("way", "words"),
    [
        (Way(canary=10, linear=10), "canary and linear exclude each other"),
        (Way(canary=51), "canary: 51 percent is outside of the limits, 10 to 50"),
        (Way(linear=5), "linear: 5 percent is outside of the limits, 10 to 50"),
        (Way(canary=10, bake=61), "bake: 61 minutes is outside of the limits, 0 to 60"),
        (Way(linear=10, bake=60), "the update would take 600 minutes, SageMaker allows 420"),
        (Way(variant="b", shadow=True), "variant and shadow exclude each other"),
        (Way(variant="b"), "variant needs its share"),
        (Way(weight=0.5), "weight has no effect without variant or shadow"),
        (Way(variant="b", weight=1), "weight 1 is no share"),
        (Way(variant="b", weight=0.5, canary=10), "canary has no effect with variant"),
        (Way(promote="b", bake=1), "bake has no effect with promote"),
    ],
)
def test_what_has_no_effect_or_excludes_each_other_is_refused(way, words):
    with pytest.raises(LaunchpadError, match=words):
        way.keys(workload())


@pytest.mark.parametrize(
    ("way", "serving", "words"),
    [
        (Way(canary=10), {"mode": "serverless"}, "canary: a serverless endpoint has no instances"),
        (Way(shadow=True), {"mode": "serverless"}, "shadow: a serverless endpoint has one variant"),
        (Way(shadow=True), {"mode": "async"}, "shadow: an asynchronous endpoint has no shadow variant"),
        (
            Way(shadow=True),
            {"preprocessors": ["scaler"]},
            "shadow: SageMaker copies no requests of an endpoint with pr",
        ),
        (Way(variant="b", weight=0.1), {"shared_endpoint": "all"}, "variant: a shared endpoint has one variant"),
    ],
)
def test_what_a_mode_excludes_is_refused_with_the_reason(way, serving, words):
    with pytest.raises(LaunchpadError, match=words):
        way.keys(workload(**serving))


@pytest.mark.parametrize(("count", "alone"), [(1, True), (2, False)])
def test_steps_need_a_second_instance(count, alone):
    checked = workload(instance={**INSTANCE, "count": count})
    assert single_instance(checked, Way(canary=10).keys(checked)) is alone
    assert not single_instance(checked, Way(all_at_once=True).keys(checked))

"""Which baseline a served model is compared with, one per variant, and what is reported where there is none."""

from __future__ import annotations

import pytest

from launchpad.requests import RequestError
from tests.unit.monitor_function.calls import MONITOR_JOB, OTHER, inputs, run, settings
from tests.unit.monitor_function.monitored_account import BUCKET, CONFIG, ENDPOINT, JOB, NOW, WORKLOAD


def test_each_variants_model_is_compared_with_its_own_baseline(call, account):
    account.capture("2026/11/29/11")
    account.capture("2026/11/29/11", variant="new")
    account.capture("2026/11/29/11", variant="again")
    names = {"AllTraffic": 0.3, "again": 0.1, "new": 0.6}
    account.endpoint["ProductionVariants"] = [{"VariantName": key, "CurrentWeight": names[key]} for key in names]
    jobs = {"AllTraffic": JOB, "again": JOB, "new": OTHER}
    record = {"time": "2026-11-20T10:00:00+00:00", "job": JOB}
    record["variants"] = [{"name": key, "job": jobs[key]} for key in jobs]  # type: ignore[assignment]
    account.put(f"{WORKLOAD}/history/20261120T100000000000Z-{CONFIG}.json", record)
    for file in ("baseline.json", "predictions/features.csv.out"):
        account.put(f"{WORKLOAD}/baselines/{OTHER}/{file}", {})
    first, second = call(workload=WORKLOAD, by="monitor", time=NOW.isoformat())["runs"]
    assert (first["endpoint"], second["endpoint"]) == (ENDPOINT, f"{ENDPOINT}/AllTraffic")
    read = [inputs(account, row["job"])["captured"] for row in (first, second)]
    assert [[name.split("/")[1] for name in names] for names in read] == [["new"], ["AllTraffic", "again"]]
    assert [settings(account, row["job"])["baseline_job"] for row in (first, second)] == [OTHER, JOB]
    assert (first["job"], len(second["job"])) == (MONITOR_JOB, len(MONITOR_JOB) + 1)
    assert call(workload=WORKLOAD, by="monitor", time=NOW.isoformat())["runs"][1]["job"] == second["job"]


def test_the_jobs_of_a_variant_keep_their_letter_when_weights_change(call, account):
    names = ("AllTraffic", "new", "again")
    record = {"time": "2026-11-20T10:00:00+00:00", "job": JOB}
    record["variants"] = [{"name": key, "job": f"{JOB}-{key}"} for key in names]  # type: ignore[assignment]
    account.put(f"{WORKLOAD}/history/20261120T100000000000Z-{CONFIG}.json", record)
    for key in names:
        account.capture("2026/11/29/11", variant=key)
        for file in ("baseline.json", "predictions/features.csv.out"):
            account.put(f"{WORKLOAD}/baselines/{JOB}-{key}/{file}", {})
    jobs = []
    for new, again in ((0.2, 0.1), (0.1, 0.2)):
        weights = zip(names, (0.7, new, again), strict=True)
        account.endpoint["ProductionVariants"] = [{"VariantName": key, "CurrentWeight": each} for key, each in weights]
        rows = call(workload=WORKLOAD, by="monitor", time=NOW.isoformat())["runs"]
        jobs.append({row["endpoint"]: row["job"] for row in rows})
    assert jobs[0] == jobs[1]
    assert len(set(jobs[0].values())) == 3


def test_a_variant_without_a_baseline_is_reported_with_the_others(call, account):
    account.capture("2026/11/29/11")
    account.endpoint["ProductionVariants"].append({"VariantName": "new", "CurrentWeight": 0.1})
    variants = [{"name": "AllTraffic", "job": JOB}, {"name": "new", "job": OTHER}]
    record = {"time": "2026-11-20T10:00:00+00:00", "job": JOB, "variants": variants}
    account.put(f"{WORKLOAD}/history/20261120T100000000000Z-{CONFIG}.json", record)
    rows = call(workload=WORKLOAD, by="schedule", time=NOW.isoformat())["runs"]
    assert [(row["endpoint"], row["status"]) for row in rows] == [(ENDPOINT, "started"), (f"{ENDPOINT}/new", "failed")]
    assert f"the model of {OTHER} has no baseline" in account.messages[0]


def test_a_package_says_where_its_baseline_is(call, account):
    account.capture("2026/11/29/11")
    account.container = {"ModelPackageName": "arn:package/1"}
    statistics = {"S3Uri": f"s3://{BUCKET}/{WORKLOAD}/baselines/{JOB}/baseline.json"}
    account.package = {"ModelMetrics": {"ModelDataQuality": {"Statistics": statistics}}}
    run(call)
    assert settings(account)["baseline_job"] == JOB


@pytest.mark.parametrize("by", ["schedule", "monitor"])
def test_a_model_without_a_baseline_is_reported_with_the_remedy(call, account, by):
    account.capture("2026/11/29/11")
    del account.objects[f"{BUCKET}/{WORKLOAD}/baselines/{JOB}/baseline.json"]
    remedy = f"launchpad monitor baseline {WORKLOAD} --job {JOB} --env dev"
    if by == "schedule":
        row = run(call, by=by)
        assert row["status"] == "failed"
        assert remedy in row["reason"]
    else:
        with pytest.raises(RequestError, match=remedy):
            run(call, by=by)
    (message,) = account.messages
    assert message.startswith(f"{ENDPOINT} can't be monitored: the model of {JOB} has no baseline")


def test_a_foreign_buckets_baseline_that_may_not_be_read_is_missing(call, account):
    account.capture("2026/11/29/11")
    account.container = {"ModelDataUrl": f"s3://staging-models/{WORKLOAD}/jobs/{JOB}/output/model.tar.gz"}
    with pytest.raises(RequestError, match=f"s3://staging-models/{WORKLOAD}/baselines/{JOB}/baseline.json is missing"):
        run(call)


def test_a_model_that_no_job_made_has_no_baseline(call, account):
    account.container = {"ModelDataUrl": "s3://elsewhere/model.tar.gz"}
    assert "no job of this platform made s3://elsewhere" in run(call, by="schedule")["reason"]

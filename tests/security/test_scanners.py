"""Nothing that a scanner finds is left without a reason, and a reason is for one finding on one resource only."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from launchpad import paths
from launchpad.settings import environment_names, load_environment
from security import nag, scanners
from security.acknowledgements import WILDCARD, Acknowledgement, acknowledgements, reason_for
from security.environments import REPORT, Finding, Stack, all_settings, synthesize

SAMPLES = ("comprehensive", "github", "lab", "minimal", "proof", "spark-serverless")


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """The development environment as cdk-nag sees it when nothing is acknowledged."""

    def look(app, platforms):
        cdk.Validations.of(app).add_plugins(*(pack(app) for pack in nag.PACKS))

    settings = [settings for settings in all_settings() if settings.name in ("local", *SAMPLES)]
    return synthesize(tmp_path_factory.mktemp("bare"), look=look, settings=settings)


@pytest.fixture(scope="module")
def scanned(assembly):
    return scanners.checkov(assembly.stacks)


def test_all_environments_and_samples_are_looked_at(assembly):
    assert set(assembly.environments) == {*environment_names(), *SAMPLES}


def test_cdk_nag_finds_nothing_that_is_not_acknowledged(assembly):
    assert assembly.nag_findings == []


def test_checkov_finds_nothing_that_is_not_acknowledged(scanned):
    assert scanners.unacknowledged(scanned) == []


def test_cfn_lint_finds_nothing(assembly):
    assert scanners.lint(assembly.stacks) == []


def test_every_acknowledgement_is_for_something_that_is_found(bare, scanned):
    findings = {(finding.resource, finding.rule) for finding in [*bare.nag_findings, *scanned]}
    idle = [
        row
        for row in acknowledgements()
        if not row.rule.startswith(("SageMaker", "Launch"))  # those are controls: see test_controls
        for ids in [_as_found(row, bare)]
        if not any((row.resource, rule) in findings for rule in ids)
    ]
    assert idle == []


def _as_found(row, assembly):
    if row.rule != WILDCARD:
        return [row.rule]
    return [
        f"AwsSolutions-IAM5[Resource::{pattern}]"
        for settings in assembly.environments.values()
        for pattern in row.patterns_in(settings)
    ]


@pytest.mark.parametrize(
    ("acknowledged", "remaining"),
    [
        ("AwsSolutions::AwsSolutions-S1", {"AwsSolutions-S10"}),
        ("AwsSolutions::AwsSolutions-S2", {"AwsSolutions-S1", "AwsSolutions-S10"}),
        ("AwsSolutions::AwsSolutions-S", {"AwsSolutions-S1", "AwsSolutions-S10"}),
    ],
    ids=["its id", "another rule's id", "the beginning of its id"],
)
def test_cdk_nag_takes_an_acknowledgement_for_its_own_id_only(tmp_path, acknowledged, remaining):
    def look(app, platforms):
        cdk.Validations.of(app).add_plugins(nag.PACKS[0](app))
        bucket = s3.CfnBucket(cdk.Stack(platforms[0][0], "extra"), "Bucket")
        cdk.Validations.of(bucket).acknowledge(cdk.Acknowledgment(id=acknowledged, reason="for this test"))

    extra = synthesize(tmp_path, look=look, settings=[load_environment("local")])
    assert {finding.rule for finding in extra.nag_findings if finding.resource == "extra/Bucket"} == remaining


def test_a_row_is_for_its_own_resource_rule_and_pattern_only():
    rows = [Acknowledgement("a/B", "CKV_AWS_1", "", "because"), Acknowledgement("a/B", WILDCARD, "x/*", "so it is")]
    assert reason_for(rows, "a/B", "CKV_AWS_1") == "because"
    assert reason_for(rows, "a/B", WILDCARD, "x/*") == "so it is"
    others = [("a/B", "CKV_AWS_10", ""), ("a/Bc", "CKV_AWS_1", ""), ("a/B", WILDCARD, "*"), ("a/B", WILDCARD, "")]
    assert [reason_for(rows, *other) for other in others] == [None] * len(others)


def test_checkovs_findings_without_a_row_are_left():
    finding = Finding("dev", "storage/DataBucket/Resource", "CKV_AWS_18")
    assert scanners.unacknowledged([finding]) == [finding]


@pytest.mark.parametrize("row", acknowledgements(), ids=lambda row: f"{row.resource} {row.rule}{row.pattern}")
def test_a_reason_says_something(row):
    assert len(row.reason.split()) >= 8


@pytest.fixture
def faulty(tmp_path, assembly):
    """A stack that both scanners have something to say about."""
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketNam": "misspelt"}}
    template, metadata = tmp_path / "faulty.template.json", tmp_path / "faulty.metadata.json"
    template.write_text(json.dumps({"Resources": {"Bucket": bucket}, "Description": str(tmp_path)}))
    entry = {"type": "aws:cdk:logicalId", "data": "Bucket"}
    metadata.write_text(json.dumps({"/dev/faulty/Bucket": [entry]}))
    return Stack(assembly.environments["dev"], "faulty", template)


def test_checkov_finds_the_fault_of_a_template(faulty):
    assert Finding("dev", "faulty/Bucket", "CKV_AWS_18") in scanners.checkov([faulty])


def test_cfn_lint_finds_the_fault_of_a_template(faulty):
    (finding,) = scanners.lint([faulty])
    assert finding.startswith("dev/faulty:")
    assert "BucketNam" in finding


@pytest.mark.parametrize("with_nag", [True, False], ids=["when asked", "not otherwise"])
def test_a_synth_has_cdk_nag_look_and_passes(tmp_path, with_nag):
    context = {"env": "local", **({"nag": "true"} if with_nag else {})}
    variables = {**os.environ, "CDK_OUTDIR": str(tmp_path), "CDK_CONTEXT_JSON": json.dumps(context)}
    result = subprocess.run(
        [sys.executable, "app.py"], cwd=paths.ROOT, env=variables, capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stderr
    report = tmp_path / REPORT
    plugins = json.loads(report.read_text())["pluginReports"] if report.is_file() else []
    assert any(plugin["pluginName"] == "AwsSolutions" for plugin in plugins) is with_nag

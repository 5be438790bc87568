"""Every mistake in the `spark` section of a config is reported with its file, its line, its key and a remedy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from launchpad.messages.errors import InvalidFileError
from launchpad.settings import EnvironmentSettings, load_environment

CERTIFICATES = "  certificates: spark/tls.zip\n"


def loaded(folder: Path, spark: str, network: str = "") -> EnvironmentSettings:
    (folder / "dev.yaml").write_text(f"name: dev\nregion: eu-west-1\nspark:\n{spark}{network}")
    return load_environment("dev", folder)


@pytest.mark.parametrize(
    ("spark", "complaint"),
    [
        ("  idle_minutes: 30", r"dev.yaml:3: spark.certificates: is required: the key of a zip file in the data"),
        ("  certificates: /spark/tls.zip", r"dev.yaml:4: spark.certificates: write the key of a zip file, such as"),
        ("  certificates: s3", r"dev.yaml:4: spark.certificates: write the key of a zip file, such as spark/tls.zip"),
        (f"{CERTIFICATES}  release: 7.12.0", r"dev.yaml:5: spark.release: write a release such as emr-7.12.0"),
        (f"{CERTIFICATES}  release: emr-5.36.2", r"dev.yaml:5: spark.release: write a release such as emr-7.12.0"),
        (f"{CERTIFICATES}  core_instance_type: m5.xlarg", r"dev.yaml:5: spark.core_instance_type: .*'m5.xlarge'"),
        (f"{CERTIFICATES}  core_instance_type: big", r"dev.yaml:5: spark.core_instance_type: .*example is 'm5.xlarge'"),
        (f"{CERTIFICATES}  primary_instance_type: 5", r"dev.yaml:5: spark.primary_instance_type: .*valid string"),
        (f"{CERTIFICATES}  volume_gb: 5", r"dev.yaml:5: spark.volume_gb: .*greater than or equal to 10, not 5"),
        (f"{CERTIFICATES}  minimum_units: 0", r"dev.yaml:5: spark.minimum_units: .*greater than or equal to 1"),
        (f"{CERTIFICATES}  maximum_units: 201", r"dev.yaml:5: spark.maximum_units: .*less than or equal to 200"),
        (f"{CERTIFICATES}  maximum_units: 1", r"dev.yaml:5: spark.maximum_units: must be at least minimum_units \(2\)"),
        (f"{CERTIFICATES}  maximum_units: 8", r"dev.yaml:5: spark.maximum_units: .*write `nat: true` below `network`"),
        (f"{CERTIFICATES}  idle_minutes: 10081", r"dev.yaml:5: spark.idle_minutes: .*less than or equal to 10080"),
        (f"{CERTIFICATES}  generation: 0", r"dev.yaml:5: spark.generation: .*greater than or equal to 1"),
        (f"{CERTIFICATES}  repository: git@host:a/b", r"dev.yaml:5: spark.repository: write an https URL with no user"),
        (f"{CERTIFICATES}  repository: https://host/a.git", r"dev.yaml:5: spark.repository: the repository can't be"),
        (f"{CERTIFICATES}  units: 3", r"dev.yaml:5: spark.units: unknown key"),
    ],
)
def test_a_mistake_is_reported_with_file_line_key_and_remedy(tmp_path, spark, complaint):
    with pytest.raises(InvalidFileError) as error:
        loaded(tmp_path, f"{spark}\n")
    assert re.search(complaint, str(error.value)), str(error.value)


def test_a_cluster_that_would_reach_none_of_aws_services_is_refused(tmp_path):
    with pytest.raises(InvalidFileError, match=r"dev.yaml:5: network.interface_endpoints: .*spark .* need them"):
        loaded(tmp_path, CERTIFICATES, "network: {interface_endpoints: false}\n")


def test_with_a_way_out_a_cluster_scales_and_clones(tmp_path):
    spark = f"{CERTIFICATES}  maximum_units: 8\n  repository: https://host/a.git\n"
    assert loaded(tmp_path, spark, "network: {nat: true}\n").spark.scales


@pytest.mark.parametrize("spark", [CERTIFICATES, f"{CERTIFICATES}  maximum_units: 2\n"])
def test_without_room_to_grow_a_cluster_keeps_its_size(tmp_path, spark):
    assert not loaded(tmp_path, spark).spark.scales


def test_a_cluster_and_no_cluster_at_once_are_refused(tmp_path):
    with pytest.raises(InvalidFileError, match=r"dev.yaml:5: spark_serverless: .*remove this section"):
        loaded(tmp_path, CERTIFICATES, "spark_serverless: {}\n")

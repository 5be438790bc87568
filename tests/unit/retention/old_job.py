"""The names of an old job, of its artifact, its archive and its image."""

from __future__ import annotations

from tests.unit.retention.resources import BUCKET, REGISTRY

JOB, ARTIFACT = "dev-demo-old", f"s3://{BUCKET}/demo/jobs/dev-demo-old/output/model.tar.gz"
ARCHIVE = f"s3://{BUCKET}/demo/models/{JOB}/0a/model.tar.gz"
IMAGE = f"{REGISTRY}/launchpad/dev/box:old"

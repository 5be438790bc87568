"""The layers of the local AWS, by what its modules import."""

from __future__ import annotations

from tests.local_aws.launcher import ROOT

SOURCES = ROOT / "packages/local-aws/src/local_aws"
ABOVE_THE_SERVICES = {"server.py", "ministack/hooks.py", "ministack/iam.py"}


def test_no_service_imports_the_composition_root():
    importing = {
        str(path.relative_to(SOURCES))
        for path in SOURCES.rglob("*.py")
        if "local_aws.backend" in path.read_text("utf-8")
    }
    assert importing == ABOVE_THE_SERVICES

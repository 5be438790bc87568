"""The acknowledgements for which no scanner finds anything any more.

`python -m security.unneeded FOLDER` synthesizes into the folder with nothing acknowledged. It is a separate process,
because CDK prints each of cdk-nag's hundreds of findings.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from launchpad import paths
from security import nag
from security.acknowledgements import WILDCARD, Acknowledgement
from security.environments import SAMPLES, Assembly, Finding, all_settings, synthesize


def unneeded(
    rows: Iterable[Acknowledgement], found: Iterable[Finding], assembly: Assembly
) -> Iterator[Acknowledgement]:
    """The rows without a finding. Those of controls are left out: a test has them."""
    pairs = {(finding.resource, finding.rule) for finding in found}
    for row in rows:
        if row.rule.startswith(("SageMaker", "Launch")):
            continue
        rules = [row.rule]
        if row.rule == WILDCARD:
            rules = [rule for settings in assembly.environments.values() for rule in nag.wildcards(row, settings)]
        if not any((row.resource, rule) in pairs for rule in rules):
            yield row


def found_without_acknowledgements() -> list[Finding]:
    """What cdk-nag finds in the local environment and the samples.

    Raises:
        RuntimeError: the synth failed, for another reason than findings.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "security.unneeded", folder]
        result = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, check=False)
        if result.returncode:
            raise RuntimeError(f"the synth without acknowledgements failed: {result.stderr[-2000:]}")
        return Assembly(Path(folder), {}).nag_findings


def main(folder: Path) -> None:
    """Synthesize."""
    settings = [each for each in all_settings() if each.name == "local" or SAMPLES in each.source.parents]
    synthesize(folder, look=lambda app, _: nag.look(app), settings=settings)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

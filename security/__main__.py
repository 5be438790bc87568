"""`make security` runs the scanners and the controls; `make security-docs` writes the documents made from them.

The scanners take minutes, so they run here and not in `make test`, which tests what is made of their findings.

`python -m security [--write]` synthesizes every environment and sample; the exit code is 1 if there are findings.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from launchpad import paths
from launchpad.catalogue import load_catalogue
from security import nag, permissions, scanners
from security.acknowledgements import acknowledgements
from security.controls import assertion, document
from security.environments import Assembly, all_settings, synthesize, with_every_workload
from security.unneeded import found_without_acknowledgements, unneeded

DOCUMENTS = paths.ROOT / "docs"


def main(arguments: list[str]) -> int:
    """Run the command; return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        if "--write" in arguments:
            write(synthesize(Path(folder)))
            return 0
        assembly = synthesize(Path(folder), look=nag.check)
        lines = list(findings(assembly))
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.write(f"{len(assembly.stacks)} templates, {len(lines)} findings\n")
    return 1 if lines else 0


def write(assembly: Assembly) -> None:
    """Write the documents."""
    for name, text in documents(assembly).items():
        (DOCUMENTS / name).write_text(text, "utf-8")


def documents(assembly: Assembly) -> dict[str, str]:
    """The content of each document, by file name under `docs/`."""
    samples = [stack for stack in assembly.stacks if stack.of_a_sample]
    return {"controls.md": document.document(), "permissions.md": permissions.document(samples)}


def findings(assembly: Assembly) -> Iterator[str]:
    """All findings, in words."""
    for finding in assembly.nag_findings:
        yield f"cdk-nag: {finding.environment}/{finding.resource}: {finding.rule}"
    by_checkov = scanners.checkov(assembly.stacks)
    if any(stack.of_a_sample for stack in assembly.stacks):  # a repository of an adopter has no need for many
        for row in unneeded(acknowledgements(), [*found_without_acknowledgements(), *by_checkov], assembly):
            yield f"acknowledgement: {row.resource}: nothing is found for {row.rule} {row.pattern}".rstrip()
    for finding in scanners.unacknowledged(by_checkov):
        yield f"checkov: {finding.environment}/{finding.resource}: {finding.rule}"
    yield from (f"cfn-lint: {line}" for line in scanners.lint(assembly.stacks))
    for path, pattern in permissions.unexplained(assembly.stacks):
        yield f"permissions: {path}: no reason for {pattern}"
    for path, action in permissions.wildcard_actions(assembly.stacks):
        yield f"permissions: {path}: {action} is more than one action"
    workloads = load_catalogue(with_every_workload(all_settings()[0])).workloads
    things = [*assertion.in_templates(assembly.stacks), *assertion.in_requests(workloads)]
    yield from (f"control {finding.control}: {finding.where}" for finding in assertion.violations(things))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

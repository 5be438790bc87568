"""Runs checkov and cfn-lint on the templates. Both work offline; checkov has a separate virtual environment.

Findings are cached in `build/scanners/` by the hashes of the template and of the tool's lock file, so that only changed
templates are scanned again. Each template is scanned separately, because templates share no resources.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from launchpad import paths
from security.acknowledgements import acknowledgements, reason_for
from security.environments import Finding, Stack

CHECKOV = paths.ROOT / ".venv-checkov"
KEPT = paths.ROOT / "build" / "scanners"
OFFLINE = {"LOG_LEVEL": "ERROR", "HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
"""Keeps checkov offline: it needs no network, and any request ends at this machine."""
REPEATABLE = {"PYTHONHASHSEED": "0"}
"""A fixed hash seed, because checkov's search for secrets in a function's variables depends on it."""
TIMEOUT = 600

Found = list[list[str]]
"""One tool's findings in one template: logical id (or line and column), and rule (or message)."""


def checkov(stacks: Iterable[Stack]) -> list[Finding]:
    """checkov's findings, acknowledged or not.

    Raises:
        subprocess.CalledProcessError: checkov could not be installed or run.
    """
    results = _scan(stacks, _run_checkov, paths.ROOT / "requirements" / "checkov.txt")
    return sorted(
        Finding(stack.environment.name, stack.path_of(logical_id), rule)
        for stack, rows in results
        for logical_id, rule in rows
    )


def unacknowledged(findings: Iterable[Finding]) -> list[Finding]:
    """The findings without an acknowledgement."""
    return [finding for finding in findings if reason_for(acknowledgements(), finding.resource, finding.rule) is None]


def lint(stacks: Iterable[Stack]) -> list[str]:
    """cfn-lint's findings, one line each."""
    results = _scan(stacks, _run_lint, paths.ROOT / "requirements" / "app.txt")
    return [
        f"{stack.environment.name}/{stack.part}:{position}: {message}"
        for stack, rows in results
        for position, message in rows
    ]


def _scan(stacks: Iterable[Stack], run: Callable[[Path], Mapping[str, Found]], lock: Path) -> list[tuple[Stack, Found]]:
    """Run the tool on a folder with the templates that it has not scanned yet."""
    tool = hashlib.sha256(lock.read_bytes()).hexdigest()[:8]
    cache_files = {stack.file: _kept(f"{run.__name__}-{tool}", stack) for stack in stacks}
    missing = {cache_file.name: cache_file for cache_file in cache_files.values() if not cache_file.is_file()}
    if missing:
        with tempfile.TemporaryDirectory() as folder:
            for file, cache_file in cache_files.items():
                if cache_file.name in missing:
                    (Path(folder) / cache_file.name).write_bytes(file.read_bytes())
            findings = run(Path(folder))
        for name, cache_file in missing.items():
            cache_file.parent.mkdir(parents=True, exist_ok=True)
            cache_file.write_text(json.dumps(findings.get(name, [])))
    return [(stack, json.loads(cache_files[stack.file].read_text())) for stack in stacks]


def _kept(tool: str, stack: Stack) -> Path:
    return KEPT / tool / f"{hashlib.sha256(stack.file.read_bytes()).hexdigest()}.json"


def _run_lint(folder: Path) -> dict[str, Found]:
    """The findings by file name. cfn-lint's exit code is ignored, because its output says the same."""
    program = paths.ROOT / ".venv" / "bin" / "cfn-lint"
    command = [str(program), "--format", "json", "--", *map(str, sorted(folder.iterdir()))]
    result = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    if not result.stdout.strip():
        raise RuntimeError(f"cfn-lint: {result.stderr}")
    findings: dict[str, Found] = defaultdict(list)
    for match in json.loads(result.stdout):
        start = match["Location"]["Start"]
        message = f"{match['Rule']['Id']}: {match['Message']}"
        findings[Path(match["Filename"]).name].append([f"{start['LineNumber']}:{start['ColumnNumber']}", message])
    return findings


def _run_checkov(folder: Path) -> dict[str, Found]:
    """The findings by file name."""
    subprocess.run(["make", "--silent", ".venv-checkov/.installed"], cwd=paths.ROOT, check=True, timeout=TIMEOUT)
    options = ("--framework", "cloudformation", "--skip-download", "--compact", "--quiet", "--soft-fail")
    result = subprocess.run(
        [str(CHECKOV / "bin" / "python"), str(CHECKOV / "bin" / "checkov"), "-d", str(folder), "-o", "json", *options],
        env={**os.environ, **OFFLINE, **REPEATABLE},
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=True,
    )
    report = json.loads(result.stdout)
    findings: dict[str, Found] = defaultdict(list)
    for check in (check for part in _list(report) for check in part.get("results", {}).get("failed_checks", ())):
        findings[Path(check["file_path"]).name].append([check["resource"].rpartition(".")[2], check["check_id"]])
    return findings


def _list(report: object) -> list[dict[str, dict[str, list[dict[str, str]]]]]:
    """checkov's reports as a list: it prints a single one without a list, and only a summary if no resource exists."""
    return report if isinstance(report, list) else [report]  # type: ignore[list-item]

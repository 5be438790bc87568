"""Say what breaks with a newer ministack, boto3 or framework: `make update PACKAGES="ministack boto3 scikit-learn"`.

A name is a dependency of the local AWS (`packages/local-aws/pyproject.toml`), with or without ``==VERSION``, or a
folder of `runtimes/images/`. Everything happens in a copy, `build/update/tree`: the lock files there are renewed, its
environments built, and its tests run. `build/update/report.md` has the versions and the failures; the working tree
stays as it is. ``QUICK=1`` runs the hooks, the patches and the generated requests only.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build" / "update"
TREE, REPORT = FOLDER / "tree", FOLDER / "report.md"
PROJECT = Path("packages/local-aws/pyproject.toml")
LOCK = Path("requirements/local-aws.txt")
IMAGES = Path("packages/local-aws/src/local_aws/runtimes/images")
TESTS = Path("packages/local-aws/tests")
COMPILE = (
    *("pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url"),
    *("--no-header", "--quiet"),
)
PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s\\;]+)", re.MULTILINE)
GROUPS = {
    "the hooks into ministack, and the patches for its authors": (
        "local_aws/test_ministack_hooks.py",
        "local_aws/test_ministack_privacy.py",
        "local_aws/test_upstream.py",
    ),
    "AWS's models and CloudFormation's schemas": ("conformance",),
    "the services": ("local_aws",),
    "the images": ("local_aws/runtimes",),
}
"""What is run, the quickest first."""


def main(requested: list[str]) -> int:
    """Return 0 if nothing breaks."""
    if not requested:
        sys.exit('Name what to update: make update PACKAGES="ministack boto3 scikit-learn"')
    _copy()
    before = _versions()
    changed = _changed(requested)
    _run("make", "setup")
    failures = {name: _failures(GROUPS[name]) for name in _groups(requested)}
    lines = list(_report(before, changed, failures))
    REPORT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    _say(*lines, f"\nWritten to {REPORT.relative_to(ROOT)}; the copy is {TREE.relative_to(ROOT)}.")
    return int(any(failures.values()))


def _groups(requested: list[str]) -> list[str]:
    """What to run: the images only where one of them changes."""
    if os.environ.get("QUICK"):
        return list(GROUPS)[:2]
    return [name for name in GROUPS if name != "the images" or _images() & set(requested)]


def _copy() -> None:
    shutil.rmtree(TREE, ignore_errors=True)
    TREE.mkdir(parents=True)
    files = _output("git", "ls-files", "--cached", "--others", "--exclude-standard", cwd=ROOT).splitlines()
    for name in files:
        if (ROOT / name).is_file():
            (TREE / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, TREE / name)
    _run("git", "init", "--quiet")


def _changed(requested: list[str]) -> dict[str, tuple[str, str]]:
    """Renew the lock files of the copy; the versions before and after, by package."""
    before, images = _versions(), _images()
    for image in (name for name in requested if name in images):
        source = IMAGES / image / "requirements.in"
        _run(
            "bash",
            "-c",
            f"env $(python3 {IMAGES.parent}/wheels.py {source}) {ROOT}/.tools/bin/uv {' '.join(COMPILE)} --upgrade"
            f" {source} -o {source.with_suffix('.txt')}",
        )
    if packages := [name for name in requested if name not in images]:
        _loosen(packages)
        upgrades = [f"--upgrade-package={name}" for name in packages]
        _run(str(ROOT / ".tools/bin/uv"), *COMPILE, *upgrades, str(PROJECT), "-o", str(LOCK))
    after = _versions()
    return {name: (before.get(name, "none"), after[name]) for name in sorted(after) if before.get(name) != after[name]}


def _loosen(packages: list[str]) -> None:
    """Let the named packages have the version that was asked for, or any; ministack decides on boto3's."""
    text = (TREE / PROJECT).read_text(encoding="utf-8")
    for package in packages:
        name, _, version = package.partition("==")
        pattern = rf'"{re.escape(name)}(==|>=)[^"]*"'
        if not re.search(pattern, text):
            dependencies = re.findall(
                r'"([a-z0-9-]+)(?:==|>=)', text.partition("dependencies = [")[2].partition("]")[0]
            )
            sys.exit(f"{name} is neither one of the dependencies ({', '.join(dependencies)}) nor of the images")
        text = re.sub(pattern, f'"{package}"' if version else f'"{name}"', text, count=1)
        if name == "ministack":
            text = re.sub(r'"boto3==[^"]*"', '"boto3"', text, count=1)
    (TREE / PROJECT).write_text(text, encoding="utf-8")


def _images() -> set[str]:
    return {path.parent.name for path in (ROOT / IMAGES).glob("*/requirements.in")}


def _versions() -> dict[str, str]:
    files = [TREE / LOCK, *sorted((TREE / IMAGES).glob("*/requirements.txt"))]
    versions: dict[str, str] = {}
    for path in files:
        prefix = "" if path == TREE / LOCK else f"{path.parent.name}: "
        pins = PINNED.findall(path.read_text(encoding="utf-8"))
        versions |= {f"{prefix}{name}": version for name, version in pins}
    return versions


def _failures(names: tuple[str, ...]) -> list[str]:
    """The tests that fail, or a line about a run that did not end."""
    targets = [str(TESTS / name) for name in names]
    command = [".venv/bin/pytest", "-c", "pyproject.toml", "-q", "-rfE", "-n", "2", "--dist", "loadfile", *targets]
    if names == ("local_aws",):
        command += ["--ignore", str(TESTS / "local_aws/runtimes")]
    run = subprocess.run(command, cwd=TREE, capture_output=True, text=True, check=False)
    failing = [line for line in run.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    return failing or ([] if run.returncode == 0 else [f"pytest ended with {run.returncode}: {run.stdout[-500:]}"])


def _report(
    before: dict[str, str], changed: dict[str, tuple[str, str]], failures: dict[str, list[str]]
) -> Iterator[str]:
    yield f"# What breaks\n\n{len(changed)} of {len(before)} packages change.\n"
    yield from (f"- {name} {old} → {new}" for name, (old, new) in changed.items())
    for group, failing in failures.items():
        yield f"\n## {group[0].upper()}{group[1:]}: {len(failing) or 'nothing'} {'fail' if failing else 'fails'}\n"
        yield from (f"- `{line[:300]}`" for line in failing)


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _output(*command: str, cwd: Path = TREE) -> str:
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True).stdout


def _run(*command: str) -> None:
    _say(f"+ {' '.join(command)[:200]}")
    subprocess.run(command, cwd=TREE, check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

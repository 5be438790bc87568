"""What a synth costs, as ratios to its floor: importing the same CDK modules and synthesizing an empty app.

Run it with `make benchmark-synth`. Every number comes from whole processes, run in turn (floor, one environment, all
environments, ...), so that a change of the machine's speed affects all of them alike; medians are compared. The targets
are without CDK's own validation of the templates, which `launchpad local` leaves out; one environment is measured with
it too, as a deploy to AWS runs it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""The environment with Python's cache of byte code, which a caller may have switched off."""
CHECKOUT = (
    "app.py",
    "cdk.json",
    "config",
    "containers",
    "images.lock.json",
    "lambda",
    "launchpad",
    "prices",
    "stacks",
    "workloads",
)

MODULES = """
import json, runpy, sys
runpy.run_path("app.py", run_name="__main__")
print(json.dumps(sorted(name for name in sys.modules if name.startswith("aws_cdk") and name.count(".") < 2)))
"""
FLOOR = """
import importlib, json, sys
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
import aws_cdk
aws_cdk.App(context=json.load(open("cdk.json"))["context"]).synth()
"""
RAW = """
import importlib, json, pathlib, sys
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
import aws_cdk
app = aws_cdk.App(context=json.load(open("cdk.json"))["context"])
for file in sorted(pathlib.Path(sys.argv[2]).rglob("*.template.json")):
    stack = aws_cdk.Stack(app, file.name.split(".")[0])
    for name, resource in json.loads(file.read_text())["Resources"].items():
        aws_cdk.CfnResource(stack, name, type=resource["Type"], properties=resource.get("Properties", {}))
app.synth()
"""
"""The least that CDK can do in Python: the same resources from ready templates, each by one call into its kernel."""
TARGETS = {
    "one environment / floor": 2.2,
    "a further environment / floor": 0.75,
    "1,000 workloads / 10 workloads": 1.5,
}


def environment(output: str | Path, variables: dict[str, str]) -> dict[str, str]:
    """The environment of a process that synthesizes into the folder `output`; without validation by default."""
    return {**ENVIRONMENT, "CDK_OUTDIR": str(output), "CDK_VALIDATION": "false", **variables}


def seconds(arguments: list[str], root: Path, **variables: str) -> float:
    """Wall time of one process, in a fresh output folder."""
    with tempfile.TemporaryDirectory() as output:
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], cwd=root, env=environment(output, variables), check=True)
        return time.perf_counter() - start


def loaded_modules(variables: dict[str, str]) -> str:
    """The CDK modules that a synth of one environment loads, as JSON."""
    with tempfile.TemporaryDirectory() as output:
        command, env = [sys.executable, "-c", MODULES], environment(output, variables)
        return subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, text=True).stdout


def resources(root: Path, **variables: str) -> int:
    """How many resources a synth has."""
    with tempfile.TemporaryDirectory() as output:
        subprocess.run([sys.executable, "app.py"], cwd=root, env=environment(output, variables), check=True)
        templates = Path(output).rglob("*.template.json")
        return sum(len(json.loads(path.read_text())["Resources"]) for path in templates)


def checkout_with(workloads: int, folder: Path) -> Path:
    """Copy this checkout with this number of workloads, each with different scripts; each environment runs them all."""
    root = folder / str(workloads)
    root.mkdir()
    for part in CHECKOUT:
        source = ROOT / part
        if part == "workloads" or not source.exists():
            continue
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, root / part)
    for config in (root / "config").glob("*.yaml"):
        lines = config.read_text().splitlines(keepends=True)
        config.write_text("".join(line for line in lines if not line.startswith("workloads:")))
    model = ROOT / "workloads" / "boston-housing"
    text = (model / "workload.yaml").read_text()
    for number in range(workloads):
        target = root / "workloads" / f"workload-{number}"
        shutil.copytree(model / "src", target / "src", ignore=shutil.ignore_patterns("__pycache__"))
        (target / "src" / "number.py").write_text(f"NUMBER = {number}\n")
        (target / "workload.yaml").write_text(text.replace("name: boston-housing", f"name: workload-{number}", 1))
    return root


def main() -> None:
    """Measure, and print a table of ratios with their targets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="of each process; the median counts (default 5)")
    runs = parser.parse_args().runs
    context = {"CDK_CONTEXT_JSON": json.dumps({"env": "dev"})}
    with tempfile.TemporaryDirectory() as folder:
        few, many = (checkout_with(number, Path(folder)) for number in (10, 1000))
        modules = loaded_modules(context)
        assembly = Path(folder) / "assembly"
        subprocess.run([sys.executable, "app.py"], cwd=ROOT, env=environment(assembly, context), check=True)
        cases = {
            "floor": lambda: seconds(["-c", FLOOR, modules], ROOT),
            "raw": lambda: seconds(["-c", RAW, modules, str(assembly)], ROOT),
            "one": lambda: seconds(["app.py"], ROOT, **context),
            "validated": lambda: seconds(["app.py"], ROOT, CDK_VALIDATION="true", **context),
            "validated floor": lambda: seconds(["-c", FLOOR, modules], ROOT, CDK_VALIDATION="true"),
            "all": lambda: seconds(["app.py"], ROOT),
            "few": lambda: seconds(["app.py"], few, LAUNCHPAD_ROOT=str(few), PYTHONPATH=str(few), **context),
            "many": lambda: seconds(["app.py"], many, LAUNCHPAD_ROOT=str(many), PYTHONPATH=str(many), **context),
        }
        for case in cases.values():
            case()  # once uncounted: caches of files and of byte code
        times = {name: [] for name in cases}
        for _ in range(runs):
            for name, case in cases.items():
                times[name].append(case())
        median = {name: statistics.median(values) for name, values in times.items()}
        count = resources(ROOT, **context)
        environments = len(set((ROOT / "config").glob("*.yaml")) - {ROOT / "config" / "prices.yaml"})
        same = resources(few, LAUNCHPAD_ROOT=str(few), PYTHONPATH=str(few), **context) == resources(
            many, LAUNCHPAD_ROOT=str(many), PYTHONPATH=str(many), **context
        )
    measured = {
        "one environment / floor": median["one"] / median["floor"],
        "a further environment / floor": (median["all"] - median["one"]) / (environments - 1) / median["floor"],
        "1,000 workloads / 10 workloads": median["many"] / median["few"],
    }
    print("| measure | here | target |\n|---|---|---|")
    for name, value in measured.items():
        print(f"| {name} | {value:.2f} | at most {TARGETS[name]} |")
    own, raw = (1000 * (median[case] - median["floor"]) / count for case in ("one", "raw"))
    print(f"\n{own:.2f} ms per resource beyond the floor; ready made, as bare CfnResource, {raw:.2f} ms.")
    validated = median["validated"] / median["validated floor"]
    share = median["validated"] / median["one"]
    print(f"One environment / floor, both with CDK's validation: {validated:.2f}.")
    print(f"One environment with CDK's validation / without: {share:.2f}.")
    print(f"{count} resources in one environment; {environments} environments; medians of {runs} runs in turn;")
    print(f"seconds: {', '.join(f'{name} {value:.2f}' for name, value in median.items())}.")
    print(f"1,000 workloads have {'as many' if same else 'NOT as many'} resources as 10.")
    missed = [name for name, value in measured.items() if value > TARGETS[name]] + ([] if same else ["resources"])
    sys.exit(f"missed: {', '.join(missed)}" if missed else 0)


if __name__ == "__main__":
    main()

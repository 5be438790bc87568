"""What every folder of workloads/ promises; a new one is checked without a line here."""

import re
import subprocess

import pytest

from launchpad.catalogue import load_workload
from launchpad.cli.preparing import channel_prefixes, input_prefixes, prepared_by_a_job
from launchpad.images import image_lock
from tests.workloads import readme
from tests.workloads.checks import read_check
from tests.workloads.local_platform import ROOT

SCRIPTS = ("prepare", "spark", "training", "evaluate")
"""Sections of workload.yaml whose scripts do work; what serves is loaded by a server."""
PACKAGES = ".in"
"""Lists of packages to lock: each folder has its list, which may name the same package or two as another's."""
REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)==\S+", re.MULTILINE)


def named(requirements: str) -> set[str]:
    """The packages that a requirements.in asks for."""
    lines = (line.partition("#")[0].strip() for line in requirements.splitlines())
    return {re.split(r"[=<>!~;\[ ]", line)[0].lower() for line in lines if line}


def files(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_file_is_a_valid_workload(workload):
    assert load_workload(workload.folder.name).name == workload.folder.name


@pytest.fixture(params=["requirements", "data-requirements", "ui-requirements"])
def kind(workload, request):
    """What a workload's programs need; not all have programs of each kind."""
    if not (workload.folder / f"{request.param}.in").exists():
        pytest.skip("nothing is needed")
    return request.param


@pytest.fixture(params=["training", "prepare", "evaluate"])
def section(workload, request):
    """A section of workload.yaml with a script; a built-in algorithm and some containers bring their own."""
    if not workload.settings.get(request.param, {}).get("entry_point"):
        pytest.skip("it has no such script")
    return request.param


@pytest.fixture
def data(workload, prepared_data):
    """What the workload's own data.py wrote."""
    if not workload.data_script.exists():
        pytest.skip("it prepares no data")
    return prepared_data(workload.folder.name)


@pytest.mark.parametrize(("section", "purpose"), [("training", "training"), ("serving", "inference")])
def test_an_aws_image_is_in_the_lock_for_the_instance_that_is_asked_for(workload, section, purpose):
    loaded = load_workload(workload.folder.name)
    part = getattr(loaded, section)
    image = (part.image or loaded.image) if part else None
    name = (image.framework or image.algorithm) if image else None
    if name is None:
        pytest.skip("there is no such section, or the image is the user's own")
    types = part.instance.types if section == "training" else part.instance_types
    instance = types[0] if types else "ml.m5.large"  # a serverless endpoint has processors, and no GPU
    assert image_lock.resolve(name, image.version, purpose, instance, "us-east-1")


def test_each_script_has_the_lock_of_what_it_needs(workload):
    scripts = {"data-requirements": ["data.py"], "requirements": ["src/*.py"]}
    imports = re.compile(r"^(?:import|from) (numpy|pandas|sklearn|xgboost|tensorflow|torch|mlxtend)\b", re.MULTILINE)
    for kind, patterns in scripts.items():
        files = [file for pattern in patterns for file in workload.folder.glob(pattern)]
        if any(imports.search(file.read_text("utf-8")) for file in files):
            assert (workload.folder / f"{kind}.txt").is_file()


def test_requirements_are_locked_by_version_and_hash(workload, kind):
    lock = (workload.folder / f"{kind}.txt").read_text()
    entries = [entry for entry in re.split(r"\n(?=\S)", lock) if entry and not entry.startswith("#")]
    assert [entry for entry in entries if not REQUIREMENT.match(entry) or "--hash=sha256:" not in entry] == []


def test_the_lock_holds_everything_that_was_asked_for(workload, kind):
    required = named((workload.folder / f"{kind}.in").read_text())
    locked = {name.lower() for name in REQUIREMENT.findall((workload.folder / f"{kind}.txt").read_text())}
    assert required - locked == set()


def test_the_lock_names_no_index(workload, kind):
    assert not re.search(r"://|--index|--find-links", (workload.folder / f"{kind}.txt").read_text())


def test_the_readme_shows_the_workloads_picture(workload):
    readme = (workload.folder / "README.md").read_text("utf-8")
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", readme)
    assert pictures
    assert [picture for picture in pictures if not (workload.folder / picture).is_file()] == []


@pytest.mark.workloads
def test_data_fills_a_folder_for_each_channel_that_no_job_writes(workload, data):
    loaded = load_workload(workload.folder.name)
    own = set() if prepared_by_a_job(loaded) else set(channel_prefixes(loaded))
    folders = {path.parts[0] for path in files(data)}
    assert folders
    assert own <= folders <= {*channel_prefixes(loaded), *input_prefixes(loaded)}


@pytest.mark.workloads
def test_data_is_the_same_bytes_each_time(workload, data, tmp_path):
    assert workload.prepare_data(tmp_path).returncode == 0
    assert files(tmp_path) == files(data)


@pytest.mark.workloads
def test_a_script_explains_itself_outside_sagemaker(workload, section):
    libraries = workload.libraries(section)
    result = workload.run("requirements.txt", workload.source(section), "--help", PYTHONPATH=libraries)
    assert result.returncode == 0, result.stderr
    hyperparameters = workload.settings["training"].get("hyperparameters", {}) if section == "training" else {}
    assert [name for name in hyperparameters if f"--{name}" not in result.stdout] == []


def test_the_readme_says_how_each_script_runs_alone(workload):
    text = readme.alone((workload.folder / "README.md").read_text("utf-8"))
    parts = [part for part in map(workload.settings.get, SCRIPTS) if part and "entry_point" in part]
    scripts = [f"{part.get('source_dir', 'src')}/{part['entry_point']}" for part in parts]
    assert [script for script in scripts if script not in text] == []


@pytest.fixture(scope="module")
def shell(workload, tmp_path_factory):
    """What the commands of the README said, and the folder that they filled."""
    if not readme.commands((workload.folder / "README.md").read_text("utf-8")):
        pytest.skip("it has no script that runs without a job's model; see the workload's own tests")
    check, folder = read_check(workload.folder), tmp_path_factory.mktemp("shell")
    if check.missing:
        pytest.skip(f"this machine has no {', '.join(check.missing)}")
    return readme.run(workload, folder, *check.alone), folder


@pytest.mark.workloads
def test_the_readmes_commands_run_and_fill_their_folders(workload, shell):
    result, folder = shell
    assert result.returncode == 0, result.stderr
    paths = readme.places(readme.commands((workload.folder / "README.md").read_text("utf-8")))
    assert paths
    assert [path for path in paths if not holds_something(folder / path)] == []


@pytest.mark.workloads
def test_a_training_from_a_shell_says_what_the_quality_gate_reads(workload, shell):
    judged = workload.settings.get("quality_gate", {}).get("metric")
    metrics = workload.settings.get("training", {}).get("metrics", [])
    expressions = [expression_of(metric) for metric in metrics if metric["name"] == judged]
    assert [expression for expression in expressions if not re.search(expression, shell[0].stdout)] == []


def expression_of(metric):
    """The metric's regex, or how XGBoost's image reads one that it defines."""
    return metric.get("regex") or rf"\[[0-9]+\].*\t{metric['name'].replace(':', '-')}:[0-9.]+"


def holds_something(file_or_folder):
    """Whether a file has bytes, or a folder such a file."""
    candidates = [file_or_folder] if file_or_folder.is_file() else file_or_folder.rglob("*")
    return any(path.is_file() and path.stat().st_size for path in candidates)


def test_a_metric_expression_has_one_group_for_the_value(workload):
    metrics = workload.settings.get("training", {}).get("metrics", [])
    assert {re.compile(metric["regex"]).groups for metric in metrics if "regex" in metric} <= {1}


def test_no_workload_holds_a_copy_of_anothers_file():
    listed = subprocess.run(
        ["git", "ls-files", "-z", "workloads"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    originals: dict[bytes, str] = {}
    copies = []
    for name in filter(None, listed.stdout.split("\0")):
        content = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b""
        if not name.endswith(PACKAGES) and content and originals.setdefault(content, name) != name:
            copies.append((originals[content], name))
    assert copies == [], "name the other workload's folder in workload.yaml, or its file in the README"

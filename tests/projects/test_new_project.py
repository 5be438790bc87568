"""A project made from the template passes its checks with one new workload, and none of the samples."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from launchpad import paths
from launchpad.cli.application import application
from launchpad.cli.commands import new_project
from launchpad.projects import creation
from launchpad.projects.answers import address_complaint
from launchpad.projects.creation import runbooks_page
from launchpad.projects.files import Plan, own_files, renewed_files
from launchpad.settings import environment_names, load_environment
from tests.projects.programs import git, launchpad, run

PLAN = Plan("models", ("dev", "qa", "prod"), "eu-west-1", {"dev": "1" * 12, "qa": "1" * 12}, "example/models")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose platform is this checkout's commit."""
    folder = tmp_path_factory.mktemp("adopter") / "models"
    options = ("--env", f"dev={'1' * 12}", "--region", "eu-west-1", "--platform", paths.ROOT.as_uri())
    result = launchpad("new-project", folder, *options, folder=folder.parent)
    assert result.returncode == 0, result.stderr
    return folder


def test_a_project_passes_its_own_checks_without_samples(project):
    """Use the programs of this checkout, because installing them once more takes minutes."""
    assert [path.name for path in (project / "workloads").iterdir()] == ["first-model"]
    result = run("make", "test", f"PLATFORM={paths.ROOT}", folder=project)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "3 files checked: all good" in result.stdout
    assert "templates, 0 findings" in result.stdout
    listed = launchpad("environments", folder=project, LAUNCHPAD_PROJECT=str(project)).stdout
    assert "dev" in listed
    assert "staging" not in listed


def test_the_platform_is_a_submodule_at_this_commit(project):
    assert git(project / "platform", "rev-parse", "HEAD") == git(paths.ROOT, "rev-parse", "HEAD")
    assert "platform" in git(project, "diff", "--cached", "--name-only").splitlines()


def test_a_mistake_is_reported_with_the_projects_file(project):
    config = project / "config" / "dev.yaml"
    text = config.read_text("utf-8")
    config.write_text(text.replace("eu-west-1", "eu-west-9"), "utf-8")
    result = launchpad("validate", folder=project, LAUNCHPAD_PROJECT=str(project))
    config.write_text(text, "utf-8")
    assert "config/dev.yaml:6: region: AWS has no region 'eu-west-9'" in result.stderr


def test_without_a_terminal_the_region_is_an_option(tmp_path):
    result = launchpad("new-project", tmp_path / "models", folder=tmp_path)
    assert "name the region of the environments, such as eu-west-1" in result.stderr


def test_a_wrong_answer_is_asked_again_at_its_question(tmp_path, monkeypatch):
    answers = [*("https://example.com/", "https://example.com/a/b"), *("1234", "1" * 12), *("eu-west-9", "eu-west-1")]
    plans: list[Plan] = []
    monkeypatch.setattr(new_project, "_asks", lambda: True)
    monkeypatch.setattr(creation, "platform_source", lambda: None)
    monkeypatch.setattr(creation, "create", lambda _, plan, *__: plans.append(plan) or sys.exit(7))
    arguments = ["new-project", str(tmp_path / "models"), "--env", "dev"]
    result = CliRunner().invoke(application(arguments), arguments, input="\n".join(answers))
    assert (result.exit_code, plans[0].accounts, plans[0].region) == (7, {"dev": "1" * 12}, "eu-west-1")
    wrong, right = result.output.index("'1234' is no account"), result.output.index("Region")
    assert result.output.index("is no address that git can fetch from everywhere") < wrong < right


def test_a_taken_folder_is_refused(project):
    result = launchpad("new-project", project, "--region", "eu-west-1", folder=paths.ROOT)
    assert (result.returncode, result.stderr) == (
        1,
        f"error: {project} isn't empty; name a new folder, or an empty one\n",
    )


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--env", "dev=1234"), "'1234' is no account: write all of its 12 digits"),
        (("--env", f"dev={'1' * 12}", "--env", "dev"), "'dev' is named twice"),
        (("--github", "models"), "'models' is no repository: write OWNER/NAME"),
        (("--platform", paths.ROOT), "is a folder of this machine, which nobody else can fetch; to try it out, write"),
        (("--platform", "models"), "'models' is no address that git can fetch from everywhere"),
        (("--env", "local"), "and not `local`, which every project has"),
        (("--region", "eu-west-9"), "AWS has no region 'eu-west-9'"),
        (("--framework", "sklaern"), "did you mean 'sklearn'?"),
        (("--workload", "My Model"), "use at most 40 lower-case letters"),
    ],
)
def test_a_wrong_answer_is_refused_before_anything_is_written(tmp_path, options, complaint):
    result = launchpad("new-project", tmp_path / "models", "--region", "eu-west-1", *options, folder=tmp_path)
    assert result.returncode == 2
    assert complaint in " ".join(result.stderr.replace("│", " ").split())
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--version", "v99.0.0"), "has no commit v99.0.0; push it there, or name another version"),
    ],
)
def test_a_failure_on_the_way_leaves_no_folder(tmp_path, options, complaint):
    options = ("--region", "eu-west-1", "--platform", paths.ROOT.as_uri(), *options)
    result = launchpad("new-project", tmp_path / "models", *options, folder=tmp_path)
    assert complaint in result.stderr
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize("user", ["secret", "ada:secret"])
def test_an_address_with_credentials_is_refused_without_showing_them(tmp_path, user):
    platform = f"https://{user}@git.example.com/platform.git"
    options = ("--region", "eu-west-1", "--platform", platform)
    result = launchpad("new-project", tmp_path / "models", *options, folder=tmp_path)
    assert result.returncode == 2
    assert "write https://git.example.com/platform.git" in " ".join(result.stderr.replace("│", " ").split())
    assert "secret" not in result.stdout + result.stderr
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize("source", ["git@example.com:a/b.git", "ssh://git@example.com/a/b", "https://example.com/a/b"])
def test_the_user_of_ssh_is_no_secret(source):
    assert address_complaint(source) is None


def test_an_address_with_broken_brackets_is_refused():
    assert "is no address that git can fetch from everywhere" in str(address_complaint("https://[example.com/a/b"))


@pytest.mark.parametrize(
    ("source", "page"),
    [
        ("https://github.com/example/launchpad.git", "https://github.com/example/launchpad/blob/HEAD/docs/runbooks.md"),
        ("git@github.com:example/launchpad.git", "https://github.com/example/launchpad/blob/HEAD/docs/runbooks.md"),
        ("ssh://git@github.com/example/launchpad", "https://github.com/example/launchpad/blob/HEAD/docs/runbooks.md"),
        ("https://git.example.com/github.com/launchpad", ""),
        ("/srv/launchpad", ""),
    ],
)
def test_alarms_name_the_runbooks_of_the_platforms_repository(tmp_path, source, page):
    text = own_files(replace(PLAN, runbooks=runbooks_page(source)))["config/dev.yaml"]
    (tmp_path / "dev.yaml").write_text(text)
    assert (load_environment("dev", tmp_path).alarms.runbooks or "") == page


def test_every_environment_of_a_plan_is_valid(tmp_path):
    for name, text in own_files(PLAN).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    names = environment_names(tmp_path / "config")
    settings = {name: load_environment(name, tmp_path / "config") for name in names}
    assert sorted(settings) == ["dev", "local", "prod", "qa"]
    assert settings["qa"].github.new_provider is False
    assert [settings[name].github.step for name in ("dev", "qa")] == [1, 2]
    assert settings["prod"].github is None, "without an account there are no roles"
    assert len({settings[name].network.cidr for name in PLAN.environments}) == 3


def test_the_workflows_are_right_for_a_project(tmp_path):
    files = {name: text for name, text in renewed_files().items() if name.startswith(".github")}
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        assert text.count("actions/checkout@") == text.count("submodules: true")
        assert " .venv/bin" not in text.replace("platform/.venv/bin", "")
        assert ".ci/run" not in text
        assert "uses: ./.github/actions" not in text
    tools = f"{paths.ROOT / '.venv' / 'bin'}:/usr/bin:/bin"
    git(tmp_path, "init", "--quiet")
    (tmp_path / "platform" / ".github").mkdir(parents=True)
    (tmp_path / "platform" / ".github" / "actions").symlink_to(paths.ROOT / ".github" / "actions")
    result = run("jactionlint", "--strict-exit", folder=tmp_path, PATH=tools)
    assert result.returncode == 0, result.stdout + result.stderr

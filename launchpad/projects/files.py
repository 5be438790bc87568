"""The files of a project: some are its own from the start, some are written anew with each version of the platform.

Written anew are the Makefile and the GitHub workflows. The workflows are the platform's, with other paths, because
GitHub calls reusable workflows from a repository's `.github/workflows` only, never from a submodule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from launchpad import paths

TEMPLATES = Path("launchpad") / "templates" / "project"
WORKFLOWS = Path(".github") / "workflows"
RENEWED = "# Written by `launchpad new-project`, and anew by `launchpad upgrade`: edits are lost."
LOCAL = "local"
LOCAL_REGION = "us-east-1"
_IN_A_PROJECT = {
    "./.github/actions/": "./platform/.github/actions/",
    "persist-credentials: false": "persist-credentials: false\n          submodules: true",
    ".venv/bin/launchpad": "platform/.venv/bin/launchpad",
    "timeout-minutes: 100 # .ci/run ends by itself after 75 minutes at most": "timeout-minutes: 60",
    "run: .ci/run": "run: make test demo",
    "docs/github.md": "platform/docs/github.md",
    "stacks/github.py": "platform/stacks/github.py",
}
"""What the platform's workflows say, and what a project's do."""
_KINDS = {
    "dev": ("Where models are tried out: what was just trained may be deployed.", "30"),
    "staging": ("Where a release is proven: it serves what a pull request pinned.", "90"),
    "prod": ("Where customers are served: it keeps all data and serves what a pull request pinned.", "365"),
}
"""What each environment is for, and how many days logs are kept."""


@dataclass(frozen=True)
class Plan:
    """What a new project is to have."""

    title: str
    environments: Sequence[str]
    region: str
    accounts: Mapping[str, str] = field(default_factory=dict)
    github: str | None = None
    runbooks: str = ""
    """The address of the platform's runbooks; empty if its repository has no page for it."""


def own_files(plan: Plan, root: Path = paths.ROOT) -> dict[str, str]:
    """The files that the project owns from now on, by path."""
    names = {"gitignore": ".gitignore"}
    plain = {names.get(name, name): _template(root, name) for name in ("launchpad.toml", "gitignore", "ruff.toml")}
    readme = _filled(_template(root, "README.md.j2"), title=plan.title, environments=plan.environments)
    prices = {
        f"prices/{path.name}": path.read_text("utf-8")
        for region in {plan.region, LOCAL_REGION}
        if (path := root / "prices" / f"{region}.yaml").is_file()
    }
    return {**plain, "README.md": readme, **prices, **dict(_configs(plan, root))}


def renewed_files(root: Path = paths.ROOT) -> dict[str, str]:
    """The files that are written anew for each version of the platform, by path."""
    workflows = {
        f"{WORKFLOWS.as_posix()}/{file.name}": f"{RENEWED}\n{_in_a_project(file.read_text('utf-8'))}"
        for file in sorted((root / WORKFLOWS).glob("*.yaml"))
    }
    return {"Makefile": _template(root, "Makefile"), **workflows}


def write(files: Mapping[str, str], project: Path) -> None:
    """Write files into the project's folder."""
    for name, text in files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text, "utf-8")


def own_workflows(project: Path, root: Path = paths.ROOT) -> list[str]:
    """The project's own workflows that have the name of one of the platform's: an upgrade leaves them."""
    return [
        name
        for name in renewed_files(root)
        if name.startswith(f"{WORKFLOWS.as_posix()}/")
        and (project / name).is_file()
        and not (project / name).read_text("utf-8").startswith(RENEWED)
    ]


def renew(project: Path, root: Path = paths.ROOT) -> list[str]:
    """Write the renewed files anew, and remove workflows that this version has no more; the paths of all of them."""
    left = own_workflows(project, root)
    files = {name: text for name, text in renewed_files(root).items() if name not in left}
    obsolete = [
        file
        for file in sorted((project / WORKFLOWS).glob("*.yaml"))
        if file.relative_to(project).as_posix() not in files and file.read_text("utf-8").startswith(RENEWED)
    ]
    for file in obsolete:
        file.unlink()
    write(files, project)
    return [*files, *(file.relative_to(project).as_posix() for file in obsolete)]


def _configs(plan: Plan, root: Path) -> Iterator[tuple[str, str]]:
    template = _template(root, "config/environment.yaml.j2")
    yield (
        f"config/{LOCAL}.yaml",
        _filled(
            template,
            name=LOCAL,
            sentence="The local AWS on this machine.",
            account="123456789012",
            region=LOCAL_REGION,
            lines="retain_data: false\ndirect_deploy: true\nlog_retention_days: 7\nnew_data_quiet_seconds: 2\n",
            github="",
            runbooks="",
        ),
    )
    with_provider: set[str] = set()
    for step, name in enumerate(plan.environments, 1):
        sentence, days = _KINDS.get(name, ("An environment.", "90"))
        tried = "retain_data: false\ndirect_deploy: true\n" if name == "dev" else ""
        account = plan.accounts.get(name, "")
        lines = f"{tried}{_promotes(plan, step)}log_retention_days: {days}\n"
        # Its roles name the account
        github = f"repository: {plan.github}, step: {min(step, 4)}" if plan.github and account else ""
        if github and account in with_provider:  # an account has one OIDC provider for GitHub
            github += ", new_provider: false"
        with_provider |= {account} if account else set()
        yield (
            f"config/{name}.yaml",
            _filled(
                template,
                name=name,
                sentence=sentence,
                account=account,
                region=plan.region,
                # Networks apart from each other, so that they can be peered one day
                lines=f"{lines}network: {{cidr: 10.{19 + step}.0.0/16}}\n",
                github=github,
                runbooks=plan.runbooks,
            ),
        )


def _promotes(plan: Plan, step: int) -> str:
    """The line that lets models go on to the environment after this one, which must serve what its config pins."""
    name, *after = plan.environments[step - 1 : step + 1]
    if not after or after[0] == "dev" or bool(plan.accounts.get(name)) != bool(plan.accounts.get(after[0])):
        return ""
    return f"promotes_to: [{after[0]}] # where `launchpad promote` may take models\n"


def _in_a_project(text: str) -> str:
    for old, new in _IN_A_PROJECT.items():
        text = text.replace(old, new)
    return text


def _template(root: Path, name: str) -> str:
    return (root / TEMPLATES / name).read_text("utf-8")


def _filled(template: str, **values: object) -> str:
    from jinja2 import Environment, StrictUndefined

    templates = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701 -- no HTML
    return templates.from_string(template).render(values)

"""An image that breaks a clause fails with the clause's name: each clause is shown an image that breaks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from launchpad import paths
from local_aws.runtimes.base import Runtime
from tests.containers import docker_images
from tests.containers.broken import Breach, assert_told, broken_case
from tests.containers.case import Case, registry_uri
from tests.containers.contract import CLAUSES, load_contract

pytestmark = pytest.mark.docker
NAME = "sklearn-custom"
"""The image whose copies are broken."""
KILLED = """
    if not os.environ.get("INNER"):
        import signal, subprocess
        inner = subprocess.Popen([sys.executable, __file__], env={**os.environ, "INNER": "1"}, start_new_session=True)
        signal.signal(signal.SIGTERM, lambda *_: (os.killpg(inner.pid, 9), os._exit(1)))
        sys.exit(inner.wait())
    os.environ.setdefault"""
PROGRAMS = [
    Breach("train_writes_a_model_without_network", "programs/train", 'ROOT / "model" / "model.joblib"', "os.devnull"),
    Breach(
        "train_leaves_its_input_as_it_was",
        "programs/train",
        "    options = read_options()",
        """
    (ROOT / "input" / "data" / "note").touch()
    options = read_options()""",
    ),
    Breach("train_tells_why_it_failed", "programs/train", "sys.exit(1)", "sys.exit(0)"),
    Breach("train_leaves_a_checkpoint_when_it_is_stopped", "programs/train", "save_checkpoint(learner, epoch)", "pass"),
    Breach(
        "ping_is_good_only_when_a_prediction_works",
        "programs/service.py",
        "        content_type = media_type",
        """
        import time
        self.begun = getattr(self, "begun", time.monotonic())
        if time.monotonic() < self.begun + 3:
            raise RefusalError(503, 'not yet')
        content_type = media_type""",
    ),
    Breach(
        "no_prediction_is_wrong_while_the_model_is_being_loaded",
        "programs/service.py",
        "        route = self._routes",
        """
        import time
        self.begun = getattr(self, "begun", time.monotonic())
        if time.monotonic() < self.begun + 3:
            return protocol.response_str(503 if scope.method == "GET" else 200, [], "0")
        route = self._routes""",
    ),
    Breach(
        "ping_is_never_good_for_a_model_that_can_not_be_loaded",
        "programs/service.py",
        "Service(Predictor())",
        "Service(None)",
    ),
    Breach(
        "sigterm_ends_a_server_that_is_not_ready",
        "programs/serve",
        "signal.signal(signal.SIGTERM, signal.SIG_DFL)",
        "__import__('time').sleep(3)",
    ),
    Breach(
        "predictions_are_right",
        "programs/service.py",
        "WRITERS[accept](values)",
        "WRITERS[accept]([value + 1 for value in values])",
    ),
    Breach(
        "another_content_type_is_refused_with_415",
        "programs/service.py",
        "READERS.get(content_type)",
        "READERS.get(content_type, read_csv)",
    ),
    Breach(
        "malformed_and_empty_bodies_are_refused_with_400", "programs/service.py", "RefusalError(400", "RefusalError(409"
    ),
    Breach("a_body_of_6_mb_is_answered", "programs/service.py", "32 * 1024", "1 * 1024"),
    Breach(
        "requests_at_once_get_their_own_answers",
        "programs/service.py",
        "return accept, WRITERS[accept](values)",
        "return accept, vars(self).setdefault(accept, WRITERS[accept](values))",
    ),
    Breach(
        "memory_does_not_grow_with_requests",
        "programs/service.py",
        "        accept = accepted(",
        """
        vars(self).setdefault("kept", []).append(bytearray(16384))
        accept = accepted(""",
    ),
    Breach("sigterm_lets_requests_be_answered", "programs/serve", "\n    os.environ.setdefault", KILLED),
]
MUST_BE_TOLD = 'ENTRYPOINT ["sh", "-euc", "exec start serve $SAGEMAKER_BIND_TO_PORT"]'
LAYERS = {
    "it_builds_and_is_labelled": 'LABEL org.opencontainers.image.version=""',
    "it_has_no_health_check_of_its_own": "HEALTHCHECK CMD true",
    "serve_runs_as_the_user_it_says": 'ENTRYPOINT ["env"]',
    "serve_listens_on_8080_unless_it_is_told_another_port": MUST_BE_TOLD,
    "train_runs_as_the_user_it_says": 'ENTRYPOINT ["setpriv", "--reuid=model", "--clear-groups"]',
}
"""What is added to the image's Dockerfile, by the clause that it breaks."""


@pytest.fixture(scope="session")
def sound(runtime: Callable[[str], Runtime], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    """The image as it is: its model is for the broken ones that only serve."""
    folder = paths.CONTAINERS / NAME
    contract, jobs = load_contract(folder), tmp_path_factory.mktemp("sound")
    case = Case(NAME, "process", registry_uri(NAME), contract, folder, runtime("process"), jobs)
    yield case
    case.close()


@pytest.mark.parametrize("breach", PROGRAMS, ids=lambda breach: breach.clause)
def test_a_broken_program_is_reported_by_the_clauses_name(breach: Breach, sound: Case, tmp_path: Path) -> None:
    case = broken_case(NAME, breach, tmp_path)
    if not breach.clause.startswith("train"):
        case._trained = sound.trained()
    assert_told(case, breach.clause)


@pytest.mark.parametrize("clause", LAYERS)
def test_a_broken_image_is_reported_by_the_clauses_name(
    clause: str, sound: Case, runtime: Callable[[str], Runtime], tmp_path: Path
) -> None:
    intact_image = docker_images.build(NAME).uri
    uri = f"launchpad/broken/{clause.replace('_', '-')}:latest"
    docker_images.docker("build", "--tag", uri, "-", input=f"FROM {intact_image}\n{LAYERS[clause]}\n")
    case = Case(NAME, "docker", uri, sound.contract, sound.source, runtime("docker"), tmp_path)
    if not clause.startswith("train"):
        case._trained = sound.trained()
    assert_told(case, clause)


def test_every_applicable_clause_has_a_program_that_breaks_it() -> None:
    contract = load_contract(paths.CONTAINERS / NAME)
    broken_clauses = {breach.clause for breach in PROGRAMS} | set(LAYERS)
    applying = {clause.name for clause in CLAUSES.values() if clause.applies(contract, "docker")}
    assert applying == broken_clauses

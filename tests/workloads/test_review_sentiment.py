"""The reviews' handler answers words; what it can't read is refused; no checkpoint is in the artifact."""

import json

import pytest

from tests.workloads.models import unpacked

pytestmark = pytest.mark.workloads

NAME = "review-sentiment"


@pytest.fixture(scope="module")
def artefact(platform, arrive, tmp_path_factory):
    """What the training of the workload's journey left, unpacked."""
    job = platform.client("sagemaker").describe_training_job(TrainingJobName=arrive(NAME).job)
    folder = tmp_path_factory.mktemp("artefact")
    return unpacked(platform.read(job["ModelArtifacts"]["S3ModelArtifacts"]), folder)


@pytest.fixture(scope="module")
def ask(catalogue, artefact):
    with catalogue[NAME].serve(artefact) as ask:
        yield lambda body, content_type="application/json", accept=None: ask(body, content_type, accept)


def test_the_artifact_is_model_and_tokenizer_and_no_checkpoint(artefact):
    files = {path.relative_to(artefact).as_posix() for path in artefact.rglob("*") if path.is_file()}
    assert files == {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}


@pytest.mark.parametrize(
    ("text", "word"),
    [("This camera is really amazing!", "positive"), ("Boring, predictable and a waste of time.", "negative")],
)
def test_a_text_is_answered_with_a_word(ask, text, word):
    assert json.loads(ask(json.dumps({"text": text})).text) == [word]


def test_a_text_of_any_length_is_answered(ask):
    assert json.loads(ask(json.dumps({"text": "wonderful " * 5000})).text) == ["positive"]


@pytest.mark.parametrize(
    ("body", "content_type", "accept", "status"),
    [
        ('{"words": "good"}', "application/json", None, 400),
        ("[]", "application/json", None, 400),
        ("{", "application/json", None, 400),
        ("good", "text/csv", None, 415),
        ('{"text": "good"}', "application/json", "text/csv", 406),
    ],
)
def test_what_it_does_not_read_or_answer_is_refused(ask, body, content_type, accept, status):
    assert ask(body, content_type, accept).status == status

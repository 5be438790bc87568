"""Images come from the committed lock, and a name that it does not hold is answered with those that it does."""

import json
import re
import subprocess

import pytest

from launchpad import paths
from launchpad.images import image_lock
from launchpad.messages.errors import LaunchpadError

FRAMEWORKS = ("debugger", "huggingface", "pytorch", "sklearn", "tensorflow")
SDK_PYTHON = paths.ROOT / ".venv-images" / "bin" / "python"

# What `sagemaker.core.image_uris.retrieve` of sagemaker 3.27.0 answers.
KNOWN = [
    (
        ("sklearn", None, "training", "ml.m5.large", "us-east-1"),
        "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3",
    ),
    (
        ("xgboost", None, "inference", "ml.m5.large", "eu-west-1"),
        "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:3.2-0",
    ),
    (
        ("pytorch", None, "training", "ml.p4d.24xlarge", "us-west-2"),
        "763104351884.dkr.ecr.us-west-2.amazonaws.com/pytorch-training:2.10.0-gpu-py313",
    ),
    (
        ("pytorch", "2.6.0", "inference", "ml.m5.xlarge", "us-west-2"),
        "763104351884.dkr.ecr.us-west-2.amazonaws.com/pytorch-inference:2.6.0-cpu-py312",
    ),
    (
        ("tensorflow", "2.19.0", "inference", "ml.g4dn.xlarge", "us-gov-west-1"),
        "442386744353.dkr.ecr.us-gov-west-1.amazonaws.com/tensorflow-inference:2.19.0-gpu",
    ),
    (
        ("huggingface", None, "training", "ml.g5.xlarge", "eu-central-1"),
        "763104351884.dkr.ecr.eu-central-1.amazonaws.com/huggingface-pytorch-training:2.9.0-transformers5.3.0-gpu-py312-cu130-ubuntu22.04",
    ),
    (
        ("image-classification", None, "training", "ml.p3.2xlarge", "us-east-1"),
        "811284229777.dkr.ecr.us-east-1.amazonaws.com/image-classification:1",
    ),
    (
        ("blazingtext", "1", "inference", "ml.m5.large", "cn-north-1"),
        "390948362332.dkr.ecr.cn-north-1.amazonaws.com.cn/blazingtext:1",
    ),
]


@pytest.mark.parametrize(("question", "uri"), KNOWN, ids=lambda value: value[0] if isinstance(value, tuple) else "")
def test_an_image_resolves_to_the_uri_that_the_sdk_gives(question, uri):
    assert image_lock.resolve(*question) == uri


def test_the_local_aws_knows_the_registries_of_awss_algorithms():
    accounts = (paths.ROOT / "packages/local-aws/src/local_aws/runtimes/aws-accounts.txt").read_text().split()
    locked = image_lock.read_lock(paths.IMAGES_LOCK)
    algorithms = [name for name in locked["images"] if name == "xgboost" or name not in FRAMEWORKS]
    builds = [build for name in algorithms for each in locked["images"][name].values() for build in each.values()]
    assert {account for build in builds for account in locked["accounts"][build["accounts"]].values()} <= {*accounts}


@pytest.mark.images
@pytest.mark.skipif(not SDK_PYTHON.exists(), reason="the SDK is not installed: make lock-images")
def test_the_lock_is_what_the_sdk_says():
    command = [SDK_PYTHON, "-m", "launchpad.images.lock_images", "--check"]
    result = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, timeout=600)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_image_in_the_lock_has_a_uri_in_every_region_that_it_names():
    lock = image_lock.read_lock(paths.IMAGES_LOCK)
    instances = {"cpu": "ml.m5.large", "gpu": "ml.g5.xlarge"}
    uris = {
        image_lock.resolve(name, version, purpose, instances[accelerator], region)
        for name, purposes in lock["images"].items()
        for purpose, versions in purposes.items()
        for version, build in versions.items()
        for accelerator in build["tags"]
        for region in lock["accounts"][build["accounts"]]
    }
    malformed = [uri for uri in uris if not re.fullmatch(r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.[a-z0-9.-]+/\S+:\S+", uri)]
    assert (len(uris) > 1000, malformed) == (True, [])


def test_the_lock_is_sorted_so_that_a_renewal_shows_only_what_changed():
    text = paths.IMAGES_LOCK.read_text()
    assert text == json.dumps(json.loads(text), indent=1, sort_keys=True) + "\n"


def test_tables_of_accounts_are_kept_once_and_all_used():
    lock = image_lock.read_lock(paths.IMAGES_LOCK)
    used = {
        build["accounts"]
        for name in lock["images"].values()
        for versions in name.values()
        for build in versions.values()
    }
    tables = [json.dumps(table) for table in lock["accounts"].values()]
    assert (set(lock["accounts"]), len(set(tables))) == (used, len(tables))


def test_the_newest_version_is_the_highest_by_number():
    assert image_lock.newest(["2.9.0", "2.10.0", "2.10.0-rc", "1.99"]).startswith("2.10.0")


def test_a_repositorys_arn_has_the_regions_partition():
    image = image_lock.find("sklearn", None, "training", "ml.m5.large", "cn-north-1")
    assert image.repository_arn == "arn:aws-cn:ecr:cn-north-1:450853457545:repository/sagemaker-scikit-learn"


@pytest.mark.parametrize(
    ("instance_type", "expected"),
    [("ml.m5.large", "cpu"), ("ml.g4dn.xlarge", "gpu"), ("ml.p5.48xlarge", "gpu"), ("ml.c7i.large", "cpu")],
)
def test_the_instance_type_says_which_build_is_needed(instance_type, expected):
    assert image_lock.accelerator(instance_type) == expected


@pytest.mark.parametrize("instance_type", ["ml.c7g.large", "ml.m6gd.large", "ml.inf2.xlarge", "ml.trn1.2xlarge"])
def test_an_instance_type_that_needs_another_kind_of_image_is_refused(instance_type):
    with pytest.raises(image_lock.ImageError, match=f"{instance_type} has .* ml.m5.large"):
        image_lock.resolve("pytorch", None, "inference", instance_type, "us-east-1")


WRONG = {
    "framework": (("sklaern", None, "training", "ml.m5.large", "us-east-1"), "did you mean 'sklearn'"),
    "unlike any": (
        ("zzz", None, "training", "ml.m5.large", "us-east-1"),
        "known frameworks and algorithms: bla",
    ),
    "version": (("pytorch", "9.9", "training", "ml.m5.large", "us-east-1"), "pytorch 9.9 for training .* has 2.10.0"),
    "purpose": (("pytorch", None, "processing", "ml.m5.large", "us-east-1"), "known purposes: inference, training"),
    "region": (("pytorch", None, "training", "ml.m5.large", "eu-central-3"), "did you mean 'eu-central-[12]'"),
    "not there": (
        ("lda", None, "training", "ml.m5.large", "af-south-1"),
        "no image lda 1 .* in af-south-1; write one of the 16 regions",
    ),
    "no GPU": (("sklearn", None, "training", "ml.g5.xlarge", "us-east-1"), "only for cpu, and ml.g5.xlarge needs gpu"),
}


@pytest.mark.parametrize(("question", "message"), WRONG.values(), ids=WRONG)
def test_what_the_lock_does_not_hold_is_answered_with_what_it_does(question, message):
    with pytest.raises(image_lock.ImageError, match=message):
        image_lock.resolve(*question)


@pytest.mark.parametrize("content", [None, "{", "[]", '{"format": 0}'])
def test_a_lock_that_cannot_be_used_says_how_to_get_one(tmp_path, content):
    path = tmp_path / "images.lock.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(LaunchpadError, match=r"images\.lock\.json.*make lock-images"):
        image_lock.find("sklearn", None, "training", "ml.m5.large", "us-east-1", lock=path)

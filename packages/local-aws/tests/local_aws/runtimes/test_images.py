"""An image is found by its URI's repository and tag, and what can't be run is refused with a remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_aws.runtimes.base import ImageNotFoundError
from local_aws.runtimes.images import ImageFolders, find_image, load_images

IMAGES = load_images()
REGISTRY = "1.dkr.ecr.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    "uri",
    [
        "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3",
        "354813040037.dkr.ecr.ap-northeast-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3",
        "450853457545.dkr.ecr.cn-north-1.amazonaws.com.cn/sagemaker-scikit-learn:1.9-0",
        "sagemaker-scikit-learn:1.9-0-cpu-py3",
    ],
)
def test_account_and_region_do_not_matter(uri: str) -> None:
    match = find_image(uri, IMAGES)
    assert match.image.name == "scikit-learn"
    assert match.notice is None


def test_an_older_tag_is_found_with_a_notice() -> None:
    match = find_image("1.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:0.23-1-cpu-py3", IMAGES)
    assert match.image.name == "scikit-learn"
    assert match.notice is not None
    assert "0.23-1-cpu-py3" in match.notice
    assert "scikit-learn 1.9" in match.notice


@pytest.mark.parametrize(
    ("uri", "name", "older"),
    [
        ("pytorch-training:2.13-cpu-py311", "pytorch", False),
        ("pytorch-training:2.3-cpu-py311", "pytorch", True),
        ("pytorch-inference:2.12-gpu-py312", "pytorch", True),
        ("tensorflow-training:2.21-cpu-py312", "tensorflow", False),
        ("tensorflow-training:2.19-cpu-py312", "tensorflow", True),
        ("tensorflow-training:2.4-cpu-py37", "tensorflow", True),
        ("huggingface-pytorch-training:2.1-transformers4.36-gpu-py310", "huggingface", True),
        ("xgboost:latest", "xgboost", True),
        ("xgboost:1", "xgboost", True),
        ("174872318107.dkr.ecr.us-west-2.amazonaws.com/kmeans:1", "k-means", False),
        ("382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1", "linear-learner", False),
        ("811284229777.dkr.ecr.us-east-1.amazonaws.com/image-classification:1", "image-classification", False),
        ("387376663083.dkr.ecr.cn-northwest-1.amazonaws.com.cn/kmeans:1", "k-means", False),
    ],
)
def test_a_tag_may_have_a_version_of_two_parts(uri: str, name: str, older: bool) -> None:
    match = find_image(uri, IMAGES)
    assert (match.image.name, match.notice is not None) == (name, older)


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("sagemaker-scikit-learn:2.0-1-cpu-py3", "tag '2.0-1-cpu-py3'"),
        ("sagemaker-scikit-learn", "no tag"),
        ("sagemaker-scikit-learn@sha256:" + "0" * 64, "no tag"),
        ("1.dkr.ecr.us-east-1.amazonaws.com/my-team/model:3", "is none that"),
        ("123456789012.dkr.ecr.us-east-1.amazonaws.com/xgboost:latest", "is none that"),
        ("123456789012.dkr.ecr.us-east-1.amazonaws.com/kmeans:1", "is none that"),
        ("ghcr.io/xgboost:latest", "is none that"),
        ("", "is none that"),
    ],
)
def test_what_can_not_be_run_is_refused_with_what_can(uri: str, reason: str) -> None:
    with pytest.raises(ImageNotFoundError) as error:
        find_image(uri, IMAGES)
    assert repr(uri) in str(error.value)
    assert reason in str(error.value)
    assert "sagemaker-scikit-learn:1.9-*" in str(error.value)


def test_a_misspelt_key_in_an_image_file_is_named_with_the_file(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/image.toml").write_text('kind = "framework"\ntitel = "mine"\nbase = "pytorch"\n')
    with pytest.raises(ValueError, match=r"mine/image\.toml: .*titel"):
        load_images(tmp_path)


def test_an_unknown_kind_of_image_is_named_with_those_there_are(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/image.toml").write_text('kind = "vm"\n')
    with pytest.raises(ValueError, match=r"mine/image\.toml: kind is 'vm'; write one of framework"):
        load_images(tmp_path)


def test_a_folder_without_its_list_of_packages_is_named_with_the_remedy(tmp_path: Path) -> None:
    write_image(tmp_path / "mine")
    (tmp_path / "mine/requirements.txt").unlink()
    with pytest.raises(ValueError, match=r"mine/requirements\.txt is missing: .*; write an empty file"):
        load_images(tmp_path)


def test_every_images_requirements_are_locked_by_hash_and_name_no_index() -> None:
    for image in IMAGES:
        lines = image.requirements.read_text().splitlines()
        pins = [line for line in lines if line and line[0].isalpha()]
        assert all("==" in line and line.endswith("\\") for line in pins)
        assert not any("://" in line or "index-url" in line for line in lines)


def test_an_unknown_base_is_named_with_those_there_are(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/image.toml").write_text('kind = "framework"\ntitle = "mine"\nbase = "pytorsch"\n')
    with pytest.raises(ValueError, match=r"mine/image\.toml: base is 'pytorsch'; write one of .*pytorch"):
        load_images(tmp_path)


def test_a_folder_that_is_added_later_is_found(tmp_path: Path) -> None:
    images = ImageFolders([tmp_path])
    with pytest.raises(ImageNotFoundError, match=f"Its folder would be in {tmp_path}"):
        images.find(f"{REGISTRY}/team/mine:1")
    write_image(tmp_path / "mine")
    assert images.find(f"{REGISTRY}/team/mine:1").image.folder == tmp_path / "mine"


def test_a_broken_folder_hides_no_other_and_is_named(tmp_path: Path) -> None:
    write_image(tmp_path / "mine")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/image.toml").write_text("kind = ")
    images = ImageFolders([tmp_path])
    assert images.find(f"{REGISTRY}/team/mine:1").image.name == "mine"
    with pytest.raises(ImageNotFoundError, match=r"broken/image\.toml: "):
        images.find(f"{REGISTRY}/team/broken:1")


def write_image(folder: Path) -> None:
    folder.mkdir()
    lines = ('kind = "own"', 'title = "Mine"', 'repositories = ["team/mine"]', 'tags = ["*"]')
    (folder / "image.toml").write_text("\n".join(lines))
    (folder / "requirements.txt").touch()


@pytest.mark.parametrize(
    ("uri", "has_it"),
    [
        ("sagemaker-scikit-learn:1.4-2-cpu-py3", True),
        ("pytorch-inference:1.11.0-gpu-py38", False),
        ("pytorch-inference:2.6.0-gpu-py312-cu124", True),
        ("huggingface-pytorch-inference:2.6.0-transformers4.51.3-cpu-py312", True),
        ("tensorflow-inference:2.19.0-cpu", True),
        ("tensorflow-inference:2.7.0-gpu", False),
    ],
)
def test_the_label_for_several_models_is_that_of_awss_image(uri: str, has_it: bool) -> None:
    labels = find_image(f"763104351884.dkr.ecr.us-east-1.amazonaws.com/{uri}", load_images()).image.labels_of(uri)
    assert ("multi-models" in labels) == has_it
    assert "accept-bind-to-port" in labels

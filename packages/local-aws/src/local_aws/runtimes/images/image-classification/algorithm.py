"""SageMaker's image classification: a residual network, trained from scratch or from an earlier model.

Sources: "Image Classification Algorithm" and "Image Classification Hyperparameters" in the developer guide.
"""

from __future__ import annotations

import tarfile
import time
from typing import Any

import torch
from network import LARGE, SMALL, residual_network
from pictures import Labelled, model_file, read_pictures, tensor
from torch.nn import functional

from local_aws.runtimes.inside.algorithms.configuration import Hyperparameter, choice, read, real, truth, whole
from local_aws.runtimes.inside.algorithms.errors import CustomerError
from local_aws.runtimes.inside.algorithms.job import Job, log

SUBSTITUTE = (
    "residual networks in PyTorch, on the processor, stand in for SageMaker's image classification on MXNet. "
    "Hyperparameters, metrics and answers are SageMaker's; weights and the model's file differ from AWS's."
)
CHANNELS = ("train", "validation", "train_lst", "validation_lst", "model")
FIXED = ("num_layers", "image_shape", "num_classes")
"""Hyperparameters that an earlier model must share."""
SEED = 0
NONE = ""


def _shape(text: str) -> tuple[int, ...]:
    sizes = tuple(int(part) for part in text.split(","))
    if len(sizes) != 3 or sizes[0] not in (1, 3) or min(sizes) < 1:
        raise ValueError(text)
    return sizes


def _steps(text: str) -> tuple[int, ...]:
    return tuple(sorted(int(part) for part in text.split(","))) if text else ()


def _layers(text: str) -> int:
    if int(text) not in (*LARGE, *SMALL):
        raise ValueError(text)
    return int(text)


def _optional(parameter: Hyperparameter) -> Hyperparameter:
    """The same, but None where it is not given."""
    convert = parameter.convert
    return Hyperparameter(
        default=NONE, convert=lambda text: convert(text) if text else None, expected=parameter.expected
    )


LAYERS = f"which accepts one of the following: {', '.join(map(str, (*LARGE, *SMALL)))}"
SCHEMA = {
    "num_classes": whole(None),
    "num_training_samples": whole(None),
    "augmentation_type": _optional(choice(None, "crop", "crop_color", "crop_color_transform")),
    "beta_1": real("0.9", 0, 1),
    "beta_2": real("0.999", 0, 1),
    "checkpoint_frequency": _optional(whole(None)),
    "early_stopping": truth("false"),
    "early_stopping_min_epochs": whole("10"),
    "early_stopping_patience": whole("5"),
    "early_stopping_tolerance": real("0.0", 0, 1),
    "epochs": whole("30"),
    "eps": real("1e-8", 0, 1),
    "gamma": real("0.9", 0, 1),
    "image_shape": Hyperparameter(
        default="3,224,224", convert=_shape, expected="which expects 'channels,height,width'"
    ),
    "kv_store": _optional(choice(None, "dist_sync", "dist_async")),
    "learning_rate": real("0.1", 0, 1),
    "lr_scheduler_factor": real("0.1", 0, 1),
    "lr_scheduler_step": Hyperparameter(default=NONE, convert=_steps, expected="which expects epochs such as '10,20'"),
    "mini_batch_size": whole("32"),
    "momentum": real("0.9", 0, 1),
    "multi_label": choice("0", "0", "1"),
    "num_layers": Hyperparameter(default="152", convert=_layers, expected=LAYERS),
    "optimizer": choice("sgd", "sgd", "adam", "rmsprop", "nag"),
    "precision_dtype": choice("float32", "float32", "float16"),
    "resize": _optional(whole(None)),
    "top_k": _optional(whole(None, 2)),
    "use_pretrained_model": choice("0", "0", "1"),
    "use_weighted_loss": choice("0", "0", "1"),
    "weight_decay": real("0.0001", 0, 1),
}
ELSEWHERE = {
    "use_pretrained_model": "weights that were trained on ImageNet are part of AWS's image, and of no package",
    "multi_label": "images with several labels",
}


def train(job: Job) -> None:
    """Train for all epochs, and keep the network with the best validation accuracy."""
    values = read(SCHEMA, job.hyperparameters)
    for name, reason in ELSEWHERE.items():
        if values[name] == "1":
            raise CustomerError(f"{name}=1 works on AWS only ({reason}): set it to 0 here")
    job.check_channels(*CHANNELS)
    if "validation" not in job.channels:
        raise CustomerError("validation channel is not specified.")
    pictures = {name: read_pictures(job, name, values["num_classes"]) for name in ("train", "validation")}
    if len(pictures["train"]) < values["mini_batch_size"]:
        raise CustomerError(
            f"mini_batch_size is {values['mini_batch_size']}, more than the {len(pictures['train'])} training samples"
        )
    torch.manual_seed(SEED)
    network = residual_network(values["num_layers"], values["image_shape"][0], values["num_classes"])
    if "model" in job.channels:
        network.load_state_dict(earlier_weights(job, values))
    if values["precision_dtype"] == "float16":
        log("precision_dtype has no effect here: training is in 32 bits.", "WARNING")
    run_epochs(job, values, network, pictures)


def run_epochs(job: Job, values: dict[str, Any], network: Any, pictures: dict[str, Labelled]) -> None:
    """The epochs, with the lines of AWS's log."""
    optimizer = make_optimizer(values, network)
    best, best_epoch = -1.0, 0
    for epoch in range(values["epochs"]):
        for group in optimizer.param_groups:
            passed = sum(step <= epoch for step in values["lr_scheduler_step"])
            group["lr"] = values["learning_rate"] * values["lr_scheduler_factor"] ** passed
        started = time.monotonic()
        hits, in_top = one_epoch(values, network, optimizer, pictures["train"])
        log(f"Epoch[{epoch}] Train-accuracy={hits:.6f}")
        if values["top_k"]:
            log(f"Epoch[{epoch}] Train-top_k_accuracy_{values['top_k']}={in_top:.6f}")
        log(f"Epoch[{epoch}] Time cost={time.monotonic() - started:.3f}")
        accuracy = validated(values, network, pictures["validation"])
        log(f"Epoch[{epoch}] Validation-accuracy={accuracy:.6f}")
        if accuracy > best + (values["early_stopping_tolerance"] if best >= 0 else 0):
            best, best_epoch = accuracy, epoch
            log(f"Storing the best model with validation accuracy: {accuracy:.6f}")
            save(job, values, network)
        waited = epoch - best_epoch
        if (
            values["early_stopping"]
            and epoch + 1 >= values["early_stopping_min_epochs"]
            and waited >= values["early_stopping_patience"]
        ):
            log(f"Early stopping after epoch {epoch}")
            return


def one_epoch(values: dict[str, Any], network: Any, optimizer: Any, pictures: Labelled) -> tuple[float, float]:
    """Train on all images but an incomplete batch; returns the accuracy and the top-k accuracy meanwhile."""
    network.train()
    order, size = torch.randperm(len(pictures)).tolist(), values["mini_batch_size"]
    hits, in_top, seen = 0, 0, 0
    for start in range(0, len(order) - size + 1, size):
        images, labels = batch(values, [pictures[index] for index in order[start : start + size]], training=True)
        scores = network(images)
        optimizer.zero_grad()
        functional.cross_entropy(scores, labels).backward()
        optimizer.step()
        hits += int((scores.argmax(1) == labels).sum())
        if values["top_k"]:
            top = scores.topk(min(values["top_k"], scores.shape[1])).indices
            in_top += int((top == labels[:, None]).any(1).sum())
        seen += size
    return hits / seen, in_top / seen


@torch.no_grad()
def validated(values: dict[str, Any], network: Any, pictures: Labelled) -> float:
    """The accuracy on images that are not changed."""
    network.eval()
    hits, size = 0, values["mini_batch_size"]
    for start in range(0, len(pictures), size):
        images, labels = batch(values, pictures[start : start + size], training=False)
        hits += int((network(images).argmax(1) == labels).sum())
    return hits / len(pictures)


def batch(values: dict[str, Any], pictures: Labelled, *, training: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Images and labels as tensors. Raises `CustomerError` for bytes that are no image."""
    augmentation = values["augmentation_type"] if training else None
    options = {"resize": values["resize"], "augmentation": augmentation}
    try:
        images = [tensor(content, values["image_shape"], **options) for content, _ in pictures]
    except ValueError as error:
        raise CustomerError(f"A training or validation image can't be read: {error}") from error
    return torch.stack(images), torch.tensor([label for _, label in pictures])


def make_optimizer(values: dict[str, Any], network: Any) -> Any:
    """PyTorch's optimizer of that name."""
    rate, weights, kind = values["learning_rate"], network.parameters(), values["optimizer"]
    if kind == "adam":
        return torch.optim.Adam(weights, rate, (values["beta_1"], values["beta_2"]), values["eps"])
    if kind == "rmsprop":
        return torch.optim.RMSprop(weights, rate, values["gamma"], values["eps"])
    nesterov = kind == "nag" and values["momentum"] > 0
    return torch.optim.SGD(weights, rate, values["momentum"], weight_decay=values["weight_decay"], nesterov=nesterov)


def save(job: Job, values: dict[str, Any], network: Any) -> None:
    """Write the network's weights and shape."""
    torch.save({"weights": network.state_dict(), **{name: values[name] for name in FIXED}}, model_file(job.model))
    log(f'Saved checkpoint to "/opt/ml/model/{model_file(job.model).name}"')


def earlier_weights(job: Job, values: dict[str, Any]) -> Any:
    """The weights in the channel ``model``. Raises `CustomerError` for those of another network."""
    folder = job.root / "input" / "data" / "model"
    try:
        with tarfile.open(folder / "model.tar.gz") as archive:
            state = torch.load(archive.extractfile(model_file(folder).name), weights_only=True)
    except (OSError, KeyError, tarfile.TarError) as error:
        raise CustomerError(f"Channel 'model' has no model.tar.gz of a job of the local AWS: {error}") from error
    for name in FIXED:
        if state[name] != values[name]:
            raise CustomerError(f"{name} is {values[name]}, and the earlier model has {state[name]}")
    return state["weights"]

"""Image classification with the built-in algorithm's channels and hyperparameters, as our script.

One process trains alone; several that torchrun starts train one model together, each on its part of the images. With a
checkpoint it goes on where it was interrupted; with the channel `model` it begins with an earlier model's weights. In a
shell the channels are options: `python train.py --train DIR --train_lst DIR --validation DIR ... --model-dir DIR`.
"""

import argparse
import os

import torch
import torch.distributed as group
from images import read_list
from network import ResidualNetwork
from options import OPTIMIZERS, PRECISIONS, parse_options
from sheet import draw
from state import Progress, begin, save_checkpoint, save_model
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset


def main() -> None:
    """Train, and print the metrics after each epoch as the built-in algorithm does."""
    options = parse_options()
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    if "WORLD_SIZE" in os.environ:
        group.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        training = read_list(options.train, options.train_lst, options.image_shape, options.num_classes)
        validation = read_list(options.validation, options.validation_lst, options.image_shape, options.num_classes)
        if len(training) != options.num_training_samples:
            raise ValueError(
                f"num_training_samples: {options.num_training_samples}, but the list names {len(training)}"
            )
        train(training, validation, options)
    except (ValueError, OSError) as problem:  # one line, exit code 1; SageMaker looks for the error's name in it
        raise SystemExit(f"{type(problem).__name__}: {problem}") from None
    finally:
        if group.is_initialized():
            group.destroy_process_group()


def train(training: TensorDataset, validation: TensorDataset, options: argparse.Namespace) -> None:
    """Look at all images `epochs` times. The first process alone tells metrics and saves."""
    rank, size = (group.get_rank(), group.get_world_size()) if group.is_initialized() else (0, 1)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(options.seed)
    network = ResidualNetwork(options.num_layers, options.image_shape, options.num_classes).to(device)
    optimizer = OPTIMIZERS[options.optimizer](network.parameters(), lr=options.learning_rate)
    progress = begin(Progress(network, optimizer), options)
    shared = torch.nn.parallel.DistributedDataParallel(network) if size > 1 else network
    order = DistributedSampler(training, size, rank, seed=options.seed)
    for epoch in range(progress.epochs, options.epochs):
        order.set_epoch(epoch)
        optimizer.param_groups[0]["lr"] = learning_rate(epoch, options)
        learned = learn(shared, optimizer, DataLoader(training, options.mini_batch_size, sampler=order), options)
        progress.epochs = epoch + 1
        if rank == 0:
            print(f"Epoch[{epoch}] Train-accuracy={learned:.4f}")
            tell(epoch, network, validation, options)
            save_checkpoint(progress, options)
    if rank == 0:
        save_model(network, options)
        if options.output_data_dir:
            keep_sheet(network, validation, options)


def learn(
    network: torch.nn.Module, optimizer: torch.optim.Optimizer, batches: DataLoader, options: argparse.Namespace
) -> float:
    """Take a step for each batch; the share of images that were classified correctly meanwhile."""
    network.train()
    right, device = 0, next(network.parameters()).device
    for images, labels in batches:
        with torch.autocast(device.type, PRECISIONS[options.precision_dtype], options.precision_dtype != "float32"):
            scores = network(images.to(device))
            loss = torch.nn.functional.cross_entropy(scores, labels.to(device))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        right += int((scores.argmax(dim=1).cpu() == labels).sum())
    return right / len(batches.sampler)


def learning_rate(epoch: int, options: argparse.Namespace) -> float:
    """The rate that the schedule has for an epoch, whichever epoch this process began with."""
    passed = sum(step <= epoch for step in options.lr_scheduler_step)
    return options.learning_rate * options.lr_scheduler_factor**passed


def tell(epoch: int, network: torch.nn.Module, validation: TensorDataset, options: argparse.Namespace) -> None:
    """Print how many images that it has not learned from are classified correctly."""
    hits = best_classes(network, validation, options.top_k or 1) == validation.tensors[1][:, None]
    print(f"Epoch[{epoch}] Validation-accuracy={hits[:, 0].float().mean():.4f}", flush=True)
    if options.top_k:
        print(
            f"Epoch[{epoch}] Top {options.top_k} Validation-accuracy={hits.any(dim=1).float().mean():.4f}", flush=True
        )


def best_classes(network: torch.nn.Module, validation: TensorDataset, number: int) -> torch.Tensor:
    """Return the likeliest classes of each image, the likeliest first."""
    network.eval()
    with torch.no_grad():
        return network(validation.tensors[0].to(next(network.parameters()).device)).cpu().topk(number).indices


def keep_sheet(network: torch.nn.Module, validation: TensorDataset, options: argparse.Namespace) -> None:
    """Write the picture of what the model tells."""
    options.output_data_dir.mkdir(parents=True, exist_ok=True)
    classes = best_classes(network, validation, 1)[:, 0]
    right = float((classes == validation.tensors[1]).float().mean())
    title = f"{right:.1%} of {len(classes)} digits of the validation set are told right"
    (options.output_data_dir / "picture.svg").write_text(draw(*validation.tensors, classes, title), "utf-8")


if __name__ == "__main__":
    main()

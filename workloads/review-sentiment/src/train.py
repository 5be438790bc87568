"""Fine-tune a model that tells positive from negative reviews, as a SageMaker script and as a plain one.

The channel `pretrained` holds a tokenizer and a model: with its weights it is fine-tuned, with its configuration alone
it is trained from nothing. Without the channel `model_name` is fetched from the hub, which needs network. In a shell:
    python train.py --train DIR --valid DIR --pretrained DIR --model-dir DIR
"""

import argparse
import os
import tempfile
from pathlib import Path

import numpy as np
import torch
from datasets import load_from_disk
from transformers import (
    AutoConfig,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    PreTrainedModel,
    Trainer,
    TrainingArguments,
    set_seed,
)

LABELS = {0: "negative", 1: "positive"}
WEIGHTS = ("model.safetensors", "pytorch_model.bin")
PATHS = {
    "--train": ("SM_CHANNEL_TRAIN", "tokenised dataset to learn from"),
    "--valid": ("SM_CHANNEL_VALID", "tokenised dataset to judge by"),
    "--model-dir": ("SM_MODEL_DIR", "folder for model and tokenizer"),
    "--output-data-dir": ("SM_OUTPUT_DATA_DIR", "folder for curve.csv (optional)"),
    "--pretrained": ("SM_CHANNEL_PRETRAINED", "model and tokenizer to begin with (optional)"),
}


def main() -> None:
    """Train, print the accuracy, and save model and tokenizer; no checkpoint is kept."""
    options = parse_options()
    set_seed(options.seed)
    source = options.pretrained or options.model_name
    tokenizer = AutoTokenizer.from_pretrained(source)
    trainer = Trainer(
        model=load_model(source),
        args=arguments(options),
        train_dataset=load_from_disk(options.train),
        eval_dataset=load_from_disk(options.valid),
        data_collator=DataCollatorWithPadding(tokenizer),
        compute_metrics=accuracy,
    )
    if options.epochs:
        trainer.train()
    judged = trainer.predict(trainer.eval_dataset)
    print(f"Accuracy: {judged.metrics['test_accuracy']:.4f}")
    trainer.model.save_pretrained(options.model_dir)
    tokenizer.save_pretrained(options.model_dir)
    if options.output_data_dir:
        options.output_data_dir.mkdir(parents=True, exist_ok=True)
        header = "share of negative reviews told positive,share of positive reviews told positive"
        curve = roc(judged.predictions, judged.label_ids)
        np.savetxt(options.output_data_dir / "curve.csv", curve, "%.6g", delimiter=",", header=header, comments="")


def load_model(source: Path | str) -> PreTrainedModel:
    """Load the weights that there are; a folder with a configuration alone makes new ones."""
    if isinstance(source, Path) and not any((source / name).exists() for name in WEIGHTS):
        return AutoModelForSequenceClassification.from_config(AutoConfig.from_pretrained(source))
    labels = {"id2label": LABELS, "label2id": {name: number for number, name in LABELS.items()}}
    return AutoModelForSequenceClassification.from_pretrained(source, num_labels=len(LABELS), **labels)


def arguments(options: argparse.Namespace) -> TrainingArguments:
    """What the trainer is asked for: nothing is saved or reported while it trains."""
    return TrainingArguments(
        output_dir=tempfile.mkdtemp(),  # required, though nothing is saved there
        num_train_epochs=options.epochs,
        per_device_train_batch_size=options.train_batch_size,
        per_device_eval_batch_size=options.train_batch_size * 4,
        learning_rate=options.learning_rate,
        warmup_steps=options.warmup_steps,
        weight_decay=0.01,
        eval_strategy="epoch",
        logging_strategy="epoch",
        save_strategy="no",
        report_to="none",
        dataloader_pin_memory=torch.cuda.is_available(),
        disable_tqdm=True,
        seed=options.seed,
    )


def accuracy(evaluated: tuple[np.ndarray, np.ndarray]) -> dict[str, float]:
    """The share of reviews whose label has the higher score."""
    scores, labels = evaluated
    return {"accuracy": float((scores.argmax(axis=-1) == labels).mean())}


def roc(scores: np.ndarray, labels: np.ndarray) -> list[tuple[float, float]]:
    """The receiver operating characteristic: what is found, for each threshold, against what is found wrongly."""
    positive = labels[np.argsort(scores[:, 0] - scores[:, 1], kind="stable")] == 1  # the surest positive ones first
    true_positive_rate = np.cumsum(positive) / positive.sum()
    false_positive_rate = np.cumsum(~positive) / (~positive).sum()
    points = zip(false_positive_rate.tolist()[::4], true_positive_rate.tolist()[::4], strict=True)
    return [(0.0, 0.0), *points, (1.0, 1.0)]


def parse_options() -> argparse.Namespace:
    """Read hyperparameters and paths; SageMaker hands every hyperparameter over as text."""
    parser = argparse.ArgumentParser(description="Fine-tune a model on reviews.")
    parser.add_argument("--epochs", type=float, default=1, help="how often to look at each review")
    parser.add_argument("--train_batch_size", type=int, default=32, help="reviews of one step")
    parser.add_argument("--learning_rate", type=float, default=5e-5, help="at its highest")
    parser.add_argument("--warmup_steps", type=int, default=0, help="until it is at its highest")
    parser.add_argument("--model_name", default="distilbert-base-uncased", help="on the hub, without --pretrained")
    parser.add_argument("--seed", type=int, default=0, help="of new weights and of the reviews' order")
    for option, (variable, meaning) in PATHS.items():
        default = os.environ.get(variable) or None
        required = default is None and option not in ("--output-data-dir", "--pretrained")
        parser.add_argument(option, type=Path, default=default, required=required, help=f"{meaning}; else ${variable}")
    return parser.parse_args()


if __name__ == "__main__":
    main()

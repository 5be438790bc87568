"""The model: a small DistilBERT of Transformers. Replace it with yours; train.py and evaluate.py use these functions.

The image serves what Transformers saved without a script: `{"inputs": [text, ...]}` in, a label and score per text out.
It is trained from nothing, without network. To fine-tune, write `network_isolation: false` under `training`, and begin
with `AutoModelForSequenceClassification.from_pretrained(NAME, num_labels=...)` and NAME's tokenizer.
"""

import argparse
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from sklearn.metrics import accuracy_score
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DistilBertConfig,
    DistilBertForSequenceClassification,
    PreTrainedTokenizerFast,
)

HYPERPARAMETERS = {"epochs": 4, "learning-rate": 0.003, "batch-size": 32}
METRIC_LINE = "{}: {:.3f}"
"""How train.py prints a metric, which workload.yaml looks for."""
TEXT = "text"
PAD, UNKNOWN = "[PAD]", "[UNK]"
LABELS = {0: "negative", 1: "positive"}
SIZE = {"dim": 32, "hidden_dim": 64, "n_layers": 1, "n_heads": 2, "max_position_embeddings": 64, "dropout": 0.0}


def fit(features: pd.DataFrame, labels: list[int], options: argparse.Namespace) -> tuple[Any, Any]:
    """Learn the words, then train; returns tokenizer and network."""
    torch.manual_seed(1)
    texts = features[TEXT].tolist()
    tokenizer = make_tokenizer(texts)
    config = DistilBertConfig(vocab_size=len(tokenizer), id2label=LABELS, pad_token_id=tokenizer.pad_token_id, **SIZE)
    network = DistilBertForSequenceClassification(config)
    optimizer = torch.optim.AdamW(network.parameters(), options.learning_rate)
    for epoch in range(options.epochs):
        for batch in torch.randperm(len(texts)).split(options.batch_size):
            rows = tokenizer([texts[index] for index in batch], padding=True, truncation=True, return_tensors="pt")
            loss = network(**rows, labels=torch.tensor(labels)[batch]).loss
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(f"epoch {epoch + 1}: loss {loss.item():.3f}")
    return tokenizer, network.eval()


def make_tokenizer(texts: list[str]) -> PreTrainedTokenizerFast:
    """A tokenizer of the texts' own words."""
    tokenizer = Tokenizer(models.WordLevel(unk_token=UNKNOWN))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.train_from_iterator(texts, trainers.WordLevelTrainer(special_tokens=[PAD, UNKNOWN]))
    limits = {"model_max_length": SIZE["max_position_embeddings"], "model_input_names": ["input_ids", "attention_mask"]}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token=PAD, unk_token=UNKNOWN, **limits)


def predict(model: tuple[Any, Any], features: pd.DataFrame) -> list[int]:
    """One class per text."""
    tokenizer, network = model
    with torch.no_grad():
        rows = tokenizer(features[TEXT].tolist(), padding=True, truncation=True, return_tensors="pt")
        return network(**rows).logits.argmax(-1).tolist()


def score(labels: list[int], predicted: list[int]) -> dict[str, float]:
    """The metrics by which a model is judged."""
    return {"accuracy": accuracy_score(labels, predicted)}


def save(model: tuple[Any, Any], folder: Path) -> None:
    """Write what the image serves."""
    for part in model:
        part.save_pretrained(folder)


def load(folder: Path) -> tuple[Any, Any]:
    """Load what `save` wrote."""
    network = AutoModelForSequenceClassification.from_pretrained(folder)
    return AutoTokenizer.from_pretrained(folder), network.eval()

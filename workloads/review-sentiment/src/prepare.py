"""Turn reviews into a tokenised dataset: a processing job, or alone in a shell.

    python prepare.py --input DIR --output DIR    # DIR/train, DIR/valid, DIR/pretrained

With a model in `--model` (a folder, or a name on the hub) its tokenizer is used, and it goes to `pretrained` for the
training to fine-tune. Without one a tokenizer is made of the reviews' words and a small DistilBERT is described, to be
trained from nothing: what a laptop without network can do.
"""

import argparse
import csv
from pathlib import Path

from datasets import Dataset
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoModelForSequenceClassification, AutoTokenizer, DistilBertConfig, PreTrainedTokenizerFast

LABELS = {0: "negative", 1: "positive"}
SMALL = {"dim": 64, "n_layers": 2, "n_heads": 4, "hidden_dim": 128}
SPECIAL = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}


def main() -> None:
    """Read, label, split, tokenise, write."""
    options = parse_options()
    reviews = read_reviews(options.input / "reviews" / "reviews.csv", options.clear)
    parts = Dataset.from_list(reviews).train_test_split(options.valid, seed=options.seed)
    names = {"train": parts["train"], "valid": parts["test"]}
    if options.model:
        tokenizer = AutoTokenizer.from_pretrained(options.model, model_max_length=options.length)
        model = AutoModelForSequenceClassification.from_pretrained(
            options.model, num_labels=len(LABELS), id2label=LABELS
        )
        model.save_pretrained(options.output / "pretrained")
    else:
        tokenizer = make_tokenizer(names["train"]["text"], options)
        describe_model(tokenizer).save_pretrained(options.output / "pretrained")
    tokenizer.save_pretrained(options.output / "pretrained")
    for name, part in names.items():
        tokenised = part.map(
            lambda batch: tokenizer(batch["text"], truncation=True), batched=True, remove_columns=["text"]
        )
        tokenised.save_to_disk(options.output / name)
        print(f"{options.output / name}: {len(tokenised)} reviews")


def read_reviews(path: Path, clear: float) -> list[dict[str, object]]:
    """Read the reviews whose score is clear enough, as texts with the label 0 or 1."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [(row["text"], float(row["score"])) for row in csv.DictReader(file)]
    return [{"text": text, "labels": int(score > 0)} for text, score in rows if abs(score) >= clear]


def make_tokenizer(texts: list[str], options: argparse.Namespace) -> PreTrainedTokenizerFast:
    """Learn the pieces of words, as BERT's tokenizer has them."""
    tokenizer = Tokenizer(models.WordPiece(unk_token=SPECIAL["unk_token"]))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=options.vocabulary, special_tokens=list(SPECIAL.values()))
    tokenizer.train_from_iterator(texts, trainer)
    ends = [(token, tokenizer.token_to_id(token)) for token in (SPECIAL["cls_token"], SPECIAL["sep_token"])]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=options.length, **SPECIAL)


def describe_model(tokenizer: PreTrainedTokenizerFast) -> DistilBertConfig:
    """A DistilBERT with less than a hundredth of the weights."""
    sizes = {"vocab_size": len(tokenizer), "max_position_embeddings": tokenizer.model_max_length}
    ids = {"pad_token_id": tokenizer.pad_token_id, "id2label": LABELS, "label2id": {v: k for k, v in LABELS.items()}}
    return DistilBertConfig(**SMALL, **sizes, **ids, architectures=["DistilBertForSequenceClassification"])


def parse_options() -> argparse.Namespace:
    """Read the job's arguments."""
    parser = argparse.ArgumentParser(description="Tokenise reviews.")
    parser.add_argument(
        "--input", type=Path, default=Path("/opt/ml/processing/input"), help="holds reviews/reviews.csv"
    )
    parser.add_argument("--output", type=Path, default=Path("/opt/ml/processing/output"), help="gets three folders")
    parser.add_argument("--model", help="a folder or a name on the hub, such as distilbert-base-uncased")
    parser.add_argument("--clear", type=float, default=1.0, help="how far from 0 a score has to be")
    parser.add_argument("--valid", type=float, default=0.1, help="share of the reviews to judge by")
    parser.add_argument("--vocabulary", type=int, default=6000, help="pieces of words of a tokenizer that is made")
    parser.add_argument("--length", type=int, default=64, help="longest review, in pieces")
    parser.add_argument("--seed", type=int, default=0, help="of the split")
    return parser.parse_args()


if __name__ == "__main__":
    main()

"""Train the model, as a SageMaker script and as a plain one: `python train.py --training DIR --model-dir DIR`."""

import argparse
import os
from pathlib import Path

import joblib
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split

FILE, TARGET = "rows.csv", "kind"


def main() -> None:
    """Train, print the metric that workload.yaml looks for, save the model and the rows that it has not seen."""
    options = parse_options()
    rows = pd.read_csv(options.training / FILE)
    train, test = train_test_split(
        rows, test_size=options.test_size, random_state=options.random_state, stratify=rows[TARGET]
    )
    model = RandomForestClassifier(options.trees, random_state=options.random_state)
    model.fit(train.drop(columns=TARGET).to_numpy(), train[TARGET])
    predicted = model.predict(test.drop(columns=TARGET).to_numpy())
    print(f"Accuracy: {accuracy_score(test[TARGET], predicted):.3f}")

    options.model_dir.mkdir(parents=True, exist_ok=True)
    joblib.dump(model, options.model_dir / "model.joblib")
    if options.output_data_dir:  # what `launchpad predict` asks the endpoint: features first, the true value last
        options.output_data_dir.mkdir(parents=True, exist_ok=True)
        test.to_csv(options.output_data_dir / "test.csv", index=False)


def parse_options() -> argparse.Namespace:
    """Hyperparameters are options; the paths come from SageMaker's SM_ variables, or are options too."""
    parser = argparse.ArgumentParser(description="Train a random forest.")
    parser.add_argument("--trees", type=int, default=100)
    parser.add_argument("--test-size", type=float, default=0.25, help="share of the rows kept for the test")
    parser.add_argument("--random-state", type=int, default=1)
    for option, variable in (
        ("--training", "SM_CHANNEL_TRAINING"),
        ("--model-dir", "SM_MODEL_DIR"),
        ("--output-data-dir", "SM_OUTPUT_DATA_DIR"),
    ):
        default = os.environ.get(variable) or None
        required = default is None and option != "--output-data-dir"
        parser.add_argument(option, type=Path, default=default, required=required, help=f"folder; else ${variable}")
    return parser.parse_args()


if __name__ == "__main__":
    main()

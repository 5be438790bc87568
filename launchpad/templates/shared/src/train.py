"""Train the model, as a SageMaker script and as a plain one.

In a shell: `python train.py --training DIR --test DIR --model-dir DIR`. The model itself is in model.py.
"""

import argparse
import os
from pathlib import Path

import pandas as pd
from model import HYPERPARAMETERS, METRIC_LINE, fit, predict, save, score

FILE, TARGET = "rows.csv", "target"
FOLDERS = {
    "--training": "SM_CHANNEL_TRAINING",
    "--test": "SM_CHANNEL_TEST",
    "--model-dir": "SM_MODEL_DIR",
    "--output-data-dir": "SM_OUTPUT_DATA_DIR",
}


def main() -> None:
    """Train, print the metric that workload.yaml looks for, save the model and the rows that it has not seen."""
    options = parse_options()
    train, test = pd.read_csv(options.training / FILE), pd.read_csv(options.test / FILE)
    model = fit(train.drop(columns=TARGET), train[TARGET].tolist(), options)
    metrics = score(test[TARGET].tolist(), predict(model, test.drop(columns=TARGET)))
    print("\n".join(METRIC_LINE.format(name.partition(":")[2] or name, value) for name, value in metrics.items()))

    options.model_dir.mkdir(parents=True, exist_ok=True)
    save(model, options.model_dir)
    if options.output_data_dir:  # what `launchpad predict` asks the endpoint: features first, the true value last
        options.output_data_dir.mkdir(parents=True, exist_ok=True)
        test.to_csv(options.output_data_dir / "test.csv", index=False)


def parse_options() -> argparse.Namespace:
    """Hyperparameters are options; the paths come from SageMaker's SM_ variables, or are options too."""
    parser = argparse.ArgumentParser(description="Train the model.")
    for name, default in HYPERPARAMETERS.items():
        parser.add_argument(f"--{name}", type=type(default), default=default)
    for option, variable in FOLDERS.items():
        default = os.environ.get(variable) or None
        required = default is None and option != "--output-data-dir"
        parser.add_argument(option, type=Path, default=default, required=required, help=f"folder; else ${variable}")
    return parser.parse_args()


if __name__ == "__main__":
    main()

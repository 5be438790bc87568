"""Linear regression on the Boston housing data, as a SageMaker script and as a plain one.

On SageMaker the paths come from SM_* variables; in a shell they are options:
    python train.py --training DIR --model-dir DIR
Note: scaling does not change what least squares predicts; `--normalize` only makes coefficients comparable.
"""

import argparse
import os
from pathlib import Path

import joblib
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error, r2_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

FILE, TARGET = "housing.csv", "medv"
BOOLEANS = {"true": True, "false": False}


def main() -> None:
    """Train, print the metrics that SageMaker's metric definitions look for, and save the model."""
    options = parse_options()
    try:
        data = read_data(options.training / FILE)
    except (ValueError, OSError) as problem:  # one line, exit code 1; SageMaker looks for the error's name in it
        raise SystemExit(f"{type(problem).__name__}: {problem}") from None
    samples, labels = data.drop(columns=TARGET), data[TARGET]
    train_x, test_x, train_y, test_y = train_test_split(
        samples, labels, test_size=options.test_size, random_state=options.random_state
    )
    model = build_model(options.normalize).fit(train_x, train_y)
    predicted = model.predict(test_x)
    print(f"Mean squared error: {mean_squared_error(test_y, predicted):.2f}")
    print(f"Coefficient of determination: {r2_score(test_y, predicted):.2f}")

    options.model_dir.mkdir(parents=True, exist_ok=True)
    joblib.dump(model, options.model_dir / "model.joblib")  # keeps the column names, as feature_names_in_
    if options.output_data_dir:
        write_test_set(options.output_data_dir, data.loc[test_x.index], predicted)


def parse_options() -> argparse.Namespace:
    """Read hyperparameters and paths; SageMaker hands every hyperparameter over as text."""
    parser = argparse.ArgumentParser(description="Linear regression on the Boston housing data.")
    parser.add_argument("--normalize", type=boolean, default=False, metavar="true|false", help="scale the columns")
    parser.add_argument("--test-size", type=share, default=0.1, help="share of the rows kept for the test, 0 to 1")
    parser.add_argument("--random-state", type=int, default=123, help="seed of the split")
    for option, variable, meaning in (
        ("--training", "SM_CHANNEL_TRAINING", f"folder with {FILE}"),
        ("--model-dir", "SM_MODEL_DIR", "folder for model.joblib"),
        ("--output-data-dir", "SM_OUTPUT_DATA_DIR", "folder for test.csv and predictions.csv (optional)"),
    ):
        default = os.environ.get(variable) or None
        required = default is None and option != "--output-data-dir"
        parser.add_argument(option, type=Path, default=default, required=required, help=f"{meaning}; else ${variable}")
    return parser.parse_args()


def boolean(text: str) -> bool:
    """Read "true" or "false" in any case; bool("False") would be True."""
    if text.lower() not in BOOLEANS:
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false")
    return BOOLEANS[text.lower()]


def share(text: str) -> float:
    """Read a number between 0 and 1, both excluded."""
    value = float(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value


def read_data(path: Path) -> pd.DataFrame:
    """Read the table, every column a number; ValueError or FileNotFoundError say in one line what is wrong with it."""
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file; the training channel must hold {FILE}")
    try:
        data = pd.read_csv(path)
    except ValueError as problem:
        raise ValueError(f"{path}: not a CSV table: {problem}".replace("\n", " ")) from None
    if TARGET not in data or len(data.columns) < 2:
        raise ValueError(f"{path}: needs the column {TARGET!r} and others to predict it from; has {list(data.columns)}")
    if data.empty:
        raise ValueError(f"{path}: has no rows under its header")
    numbers = data.apply(pd.to_numeric, errors="coerce")
    for column in numbers.columns[numbers.isna().any()]:
        row = int(numbers[column].isna().to_numpy().argmax())
        raise ValueError(f"{path}: row {row + 1}, column {column!r}: {data[column].iloc[row]!r} is not a number")
    return numbers


def build_model(normalize: bool) -> Pipeline:
    """Least squares, on scaled columns if asked (LinearRegression's own `normalize` left scikit-learn in 1.2)."""
    return make_pipeline(*[StandardScaler()] * normalize, LinearRegression())


def write_test_set(folder: Path, rows: pd.DataFrame, predicted: object) -> None:
    """Write the held-out rows, and each true value with its prediction; `launchpad report` draws these."""
    folder.mkdir(parents=True, exist_ok=True)
    rows.to_csv(folder / "test.csv", index=False)
    pairs = pd.DataFrame({"actual": rows[TARGET], "predicted": predicted})
    pairs.to_csv(folder / "predictions.csv", index=False)


if __name__ == "__main__":
    main()

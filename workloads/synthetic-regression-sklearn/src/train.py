"""A multilayer perceptron of scikit-learn on the synthetic data, as a SageMaker script and as a plain one:

python train.py --train DIR --validation DIR --test DIR --model-dir DIR
"""

import joblib
from regression import parse_options, read, report
from sklearn.compose import TransformedTargetRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HIDDEN = (10, 10, 10, 10, 10)


def main() -> None:
    """Train, print the metric that SageMaker's metric definitions look for, and save the model."""
    options = parse_options("An MLP of scikit-learn.", epochs=(500, "most times that all rows are seen"))
    x, y = read(options.train)
    network = MLPRegressor(
        hidden_layer_sizes=HIDDEN, batch_size=100, max_iter=options.epochs, n_iter_no_change=100, random_state=0
    )
    model = TransformedTargetRegressor(make_pipeline(StandardScaler(), network), transformer=StandardScaler())
    model.fit(x.reshape(-1, 1), y)
    report(lambda values: model.predict(values.reshape(-1, 1)), options)
    options.model_dir.mkdir(parents=True, exist_ok=True)
    joblib.dump(model, options.model_dir / "model.joblib")


if __name__ == "__main__":
    main()

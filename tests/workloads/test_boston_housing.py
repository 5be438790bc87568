"""The Boston housing workload reproduces the published results, and says what is wrong with what it is given."""

import csv
import io
import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.workloads.conftest import clean, environment_python

# Published for this model, split and data (scikit-learn 0.23): two metrics, and predictions for the first ten rows
# (made from 32-bit input, so there is the tolerance below).
PUBLISHED_METRICS = ("Mean squared error: 41.82", "Coefficient of determination: 0.63")
PUBLISHED_PREDICTIONS = [
    29.801388899699845, 24.990809475886074, 30.7379654455552, 28.786967125316544, 28.1421501991961,
    25.301714533101716, 22.717977231840184, 19.302415613883348, 11.369520911229536, 18.785593532977657,
]  # fmt: skip


@pytest.fixture(scope="module")
def boston(catalogue):
    return catalogue["boston-housing"]


@pytest.fixture(scope="module")
def training(prepared_data):
    return prepared_data("boston-housing") / "training"


@pytest.fixture(scope="module")
def table(training):
    """The data as text: a header and rows of cells."""
    return list(csv.reader((training / "housing.csv").open()))


@pytest.fixture(scope="module")
def trained(boston, training, tmp_path_factory):
    """A run from a shell, and the folder with what it left."""
    folder = tmp_path_factory.mktemp("trained")
    return boston.train(*options(training, folder)), folder


@pytest.fixture(scope="module")
def run(boston, tmp_path_factory):
    """Run the training script as from a shell, with arguments and variables; `forking.py` says why not from one."""
    streams = [tmp_path_factory.mktemp("streams") / name for name in ("out", "err")]
    command = [environment_python(boston.lock("requirements.txt")), Path(__file__).with_name("forking.py")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([*command, boston.source("training")], env=clean({}), text=True, **pipes) as process:

        def run(*arguments, **variables):
            process.stdin.write(json.dumps([[*map(str, arguments)], variables, *map(str, streams)]) + "\n")
            process.stdin.flush()
            code = int(process.stdout.readline())
            texts = [stream.read_text() for stream in streams]
            for stream in streams:
                stream.unlink()
            return subprocess.CompletedProcess(arguments, code, *texts)

        yield run


@pytest.fixture(scope="module")
def invoke(boston, trained):
    with boston.serve(trained[1] / "model") as invoke:
        yield invoke


def options(training, folder):
    return ("--training", training, "--model-dir", folder / "model", "--output-data-dir", folder / "output")


def as_csv(rows):
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def write(folder, rows):
    (folder / "housing.csv").write_text(as_csv(rows))
    return folder


def samples(table, count=10):
    """Rows as a client sends them: without the value to predict."""
    return [row[:-1] for row in table[1 : count + 1]]


def r2(output):
    return float(re.search(r"Coefficient of determination: (-?[0-9.]+)", output).group(1))


def test_a_run_from_a_shell_prints_the_published_metrics(trained):
    assert tuple(trained[0].stdout.splitlines()) == PUBLISHED_METRICS


def test_every_metric_of_the_workload_is_found_in_the_output(boston, trained):
    metrics = boston.settings["training"]["metrics"]
    values = {metric["name"]: re.findall(metric["regex"], trained[0].stdout) for metric in metrics}
    assert values == {"mse": ["41.82"], "r2": ["0.63"]}


def test_the_quality_gate_stops_a_model_that_learned_noise(boston, run, trained, table, tmp_path):
    gate = boston.settings["quality_gate"]["at_least"]
    labels = [row[-1] for row in table[1:]]
    noise = [[*row[:-1], label] for row, label in zip(table[1:], labels[::7] + labels, strict=False)]
    broken = run(*options(write(tmp_path, [table[0], *noise]), tmp_path))
    assert r2(broken.stdout) < gate <= r2(trained[0].stdout)


def test_two_runs_give_the_same_bytes(run, training, trained, tmp_path):
    run(*options(training, tmp_path))
    for name in ("output/test.csv", "output/predictions.csv"):
        assert (tmp_path / name).read_bytes() == (trained[1] / name).read_bytes()


def test_the_test_set_is_a_tenth_of_the_rows(trained):
    assert len((trained[1] / "output" / "test.csv").read_text().splitlines()) == 1 + 51


def test_the_paths_come_from_sagemakers_variables(run, training, trained, tmp_path):
    result = run(SM_CHANNEL_TRAINING=str(training), SM_MODEL_DIR=str(tmp_path))
    assert (result.stdout, (tmp_path / "model.joblib").exists()) == (trained[0].stdout, True)


def test_scaling_does_not_change_the_metrics(run, training, tmp_path):
    scaled = run(*options(training, tmp_path), "--normalize", "true")
    assert tuple(scaled.stdout.splitlines()) == PUBLISHED_METRICS


def test_normalize_is_read_as_sagemaker_spells_it(boston, run, training, tmp_path):
    spellings = {"True": True, "true": True, "False": False, "false": False}
    for spelling in spellings:
        run(*options(training, tmp_path / spelling), "--normalize", spelling)
    look = "[print('standardscaler' in joblib.load(f'{name}/model/model.joblib').named_steps) for name in names]"
    script = f"import joblib, os; names = {[*spellings]}; os.chdir({str(tmp_path)!r}); {look}"
    assert boston.run("requirements.txt", "-c", script).stdout.split() == [*map(str, spellings.values())]


@pytest.mark.parametrize("option", [("--normalize", "perhaps"), ("--test-size", "1.5"), ("--no-such-option", "1")])
def test_a_wrong_hyperparameter_is_refused_by_name(run, training, tmp_path, option):
    result = run(*options(training, tmp_path), *option)
    assert result.returncode != 0
    assert option[0] in result.stderr


def with_text(table):
    return [*table[:3], ["unknown", *table[3][1:]], *table[4:]]


def without_target(table):
    return [row[:-1] for row in table]


def with_empty_cell(table):
    return [*table[:2], [*table[2][:3], "", *table[2][4:]], *table[3:]]


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (with_text, "row 3, column 'crim': 'unknown' is not a number"),
        (with_empty_cell, "row 2, column 'chas'"),
        (without_target, "needs the column 'medv'"),
        (lambda _: [], "not a CSV table"),
        (lambda table: [*table, ["1"] * 20], "not a CSV table"),
        (lambda table: table[:1], "has no rows"),
    ],
)
def test_bad_data_ends_the_run_with_one_line_that_says_where(run, table, tmp_path, damage, expected):
    result = run(*options(write(tmp_path, damage(table)), tmp_path))
    assert (result.returncode, result.stderr.count("\n")) == (1, 1)
    assert result.stderr.startswith("ValueError: ")  # the training toolkit reports lines that name an error
    assert expected in result.stderr


def test_a_channel_without_the_file_is_named(run, tmp_path):
    result = run(*options(tmp_path, tmp_path))
    assert (result.returncode, result.stderr.count("\n")) == (1, 1)
    assert "housing.csv: no such file" in result.stderr


def test_rows_as_csv_get_the_published_predictions_one_per_line(invoke, table):
    response = invoke(as_csv(samples(table)), accept="text/csv")
    assert (response.status, response.content_type) == (200, "text/csv")
    assert [float(line) for line in response.text.splitlines()] == pytest.approx(PUBLISHED_PREDICTIONS, rel=1e-6)


def test_rows_as_json_get_a_json_list(invoke, table):
    rows = [[float(cell) for cell in row] for row in samples(table)]
    response = invoke(json.dumps(rows), "application/json")
    assert json.loads(response.text) == pytest.approx(PUBLISHED_PREDICTIONS, rel=1e-6)


@pytest.mark.parametrize(
    "wrap", [lambda row: row, lambda row: [row], lambda row: {"instances": [row]}], ids=["row", "list", "instances"]
)
def test_one_row_as_json_may_stand_alone(invoke, table, wrap):
    row = [float(cell) for cell in samples(table)[0]]
    response = invoke(json.dumps(wrap(row)), "application/json")
    assert json.loads(response.text) == pytest.approx(PUBLISHED_PREDICTIONS[:1], rel=1e-6)


def test_rows_with_names_may_come_in_any_order(invoke, table):
    named_row = dict(reversed(list(zip(table[0], samples(table)[0], strict=False))))
    as_objects = invoke(json.dumps([named_row]), "application/json")
    as_table = invoke(as_csv([named_row, named_row.values()]), accept="application/json")
    for response in (as_objects, as_table):
        assert json.loads(response.text) == pytest.approx(PUBLISHED_PREDICTIONS[:1], rel=1e-6)


def test_rows_as_numpy_get_numpy(boston, invoke, table, tmp_path):
    (tmp_path / "rows.csv").write_text(as_csv(samples(table)))
    numpy(boston, tmp_path, "np.save('rows.npy', np.loadtxt('rows.csv', delimiter=','))")
    response = invoke((tmp_path / "rows.npy").read_bytes(), "application/x-npy", "application/x-npy")
    (tmp_path / "answer.npy").write_bytes(response.body)
    printed = numpy(boston, tmp_path, "print(np.load('answer.npy').tolist())")
    assert json.loads(printed) == pytest.approx(PUBLISHED_PREDICTIONS, rel=1e-6)


def test_pickled_objects_are_refused(boston, invoke, tmp_path):
    numpy(boston, tmp_path, "np.save('rows.npy', np.array([{}], dtype=object))")
    response = invoke((tmp_path / "rows.npy").read_bytes(), "application/x-npy")
    assert (response.status, "the body is not application/x-npy" in response.text) == (400, True)


def numpy(boston, folder, statement):
    """Run a statement with NumPy, in the workload's environment."""
    result = boston.run("requirements.txt", "-c", f"import os, numpy as np; os.chdir({str(folder)!r}); {statement}")
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_another_content_type_is_answered_415(invoke):
    response = invoke("<rows/>", "application/xml")
    assert (response.status, "content type 'application/xml' is not one of" in response.text) == (415, True)


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        ("1,2,3\n", "text/csv", "row 1 has 3 values; expected 12 columns: crim, zn"),
        ("\n", "text/csv", "the body has no rows"),
        ('"1,2', "text/csv", "the body is not text/csv"),
        (b"\xff\xfe", "text/csv; charset=utf-8", "the body is not text/csv"),
        ("[1, 2", "application/json", "the body is not application/json"),
        ("7", "application/json", "expected a list of rows"),
        ('[{"crim": 1}]', "application/json", "row 1 has the columns crim; expected 12 columns"),
        ("[[1], 7]", "application/json", "row 1 has 1 values"),
        (b"not numpy", "application/x-npy", "the body is not application/x-npy"),
    ],
)
def test_a_body_that_cannot_be_read_is_answered_400_with_the_reason(invoke, body, content_type, expected):
    response = invoke(body, content_type)
    assert response.status == 400
    assert expected in response.text.partition("\n")[0]


@pytest.mark.parametrize("cell", ["", "high", "nan", "inf"])
def test_a_cell_that_is_no_number_is_named_by_row_and_column(invoke, table, cell):
    rows = samples(table)
    rows[2][3] = cell
    response = invoke(as_csv(rows))
    assert response.status == 400
    assert f"row 3, column chas: {cell!r} is not a finite number" in response.text


def test_the_endpoint_answers_after_a_bad_request(invoke, table):
    invoke("1,2,3")
    assert invoke(as_csv(samples(table))).status == 200

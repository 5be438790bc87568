"""Serving runs AWS's own handler service, behind /ping and /invocations as SageMaker calls them."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator

import pytest

from local_aws.runtimes.process import ProcessRuntime
from tests.local_aws.runtimes.containers import Containers, Endpoint, wait_until

LINEAR = """
    from sklearn.linear_model import LinearRegression

    def model_fn(model_dir):
        return LinearRegression().fit([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], [1.0, 3.0, 4.0])
"""
ROWS = [[1.5, 0.5], [2.5, 1.5]]
PREDICTIONS = [5.5, 10.5]
NPY_HEADER = b"{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }".ljust(117) + b"\n"
NPY_ROWS = b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + NPY_HEADER + struct.pack("<4d", 1.5, 0.5, 2.5, 1.5)


@pytest.fixture(scope="module")
def linear(isolating: ProcessRuntime, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """A model that brings nothing but model_fn, and predicts 1 + 2x + 3y."""
    with Containers(isolating, tmp_path_factory.mktemp("linear")) as containers:
        yield containers.serve(LINEAR).wait_until_ready()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (json.dumps(ROWS), "application/json"),
        ("1.5,0.5\n2.5,1.5\n", "text/csv"),
        ('"1.5",0.5\r\n2.5,1.5', "text/csv"),
        (NPY_ROWS, "application/x-npy"),
    ],
)
def test_rows_come_in_as_json_csv_or_npy(linear: Endpoint, body: str | bytes, content_type: str) -> None:
    response = linear.invoke(body, content_type)
    assert response.status == 200, response.body
    assert response.content_type == "application/json"
    assert response.json == pytest.approx(PREDICTIONS)


def test_predictions_go_out_as_csv_when_that_is_accepted(linear: Endpoint) -> None:
    response = linear.invoke(json.dumps(ROWS), accept="text/csv")
    assert (response.status, response.content_type) == (200, "text/csv")
    assert [float(line) for line in response.body.split()] == pytest.approx(PREDICTIONS)


def test_predictions_go_out_as_npy_when_that_is_accepted(linear: Endpoint) -> None:
    response = linear.invoke(json.dumps(ROWS), accept="application/x-npy")
    assert (response.status, response.content_type) == (200, "application/x-npy")
    assert struct.unpack("<2d", response.body[-16:]) == pytest.approx(PREDICTIONS)


def test_whole_and_decimal_numbers_may_stand_side_by_side(linear: Endpoint) -> None:
    response = linear.invoke("0.5,1\n2,1.5\n", "text/csv")
    assert (response.status, response.json) == (200, pytest.approx([5.0, 9.5]))


@pytest.mark.parametrize(
    ("body", "content_type", "status", "words"),
    [
        ("<rows/>", "application/xml", 415, "application/xml is not supported"),
        ("[[1.5, 0.5]", "application/json", 400, "delimiter"),
        ("[[1.5, 0.5], [1]]", "application/json", 400, "inhomogeneous"),
        ("1.5,tall\n2.5,small\n", "text/csv", 400, ""),
        ("1.5,0.5\n2.5\n", "text/csv", 400, "The rows differ in their number of columns"),
        ("", "text/csv", 400, ""),
        (b"\xff\xfe", "text/csv", 400, "UTF-8"),
        (b"not an array", "application/x-npy", 400, ""),
    ],
)
def test_the_clients_mistakes_are_distinguished_from_the_models(
    linear: Endpoint, body: str | bytes, content_type: str, status: int, words: str
) -> None:
    response = linear.invoke(body, content_type)
    assert response.status == status
    assert words in response.body.decode()
    assert "Traceback" not in response.body.decode()
    assert linear.invoke(json.dumps(ROWS)).status == 200


def test_an_answer_that_can_not_be_given_as_asked_for_is_not_acceptable(linear: Endpoint) -> None:
    assert linear.invoke(json.dumps(ROWS), accept="image/png").status == 406


def test_an_exception_of_the_model_is_500_with_its_message(linear: Endpoint) -> None:
    response = linear.invoke("[[1.0, 2.0, 3.0]]")
    assert response.status == 500
    assert "X has 3 features" in response.body.decode()
    wait_until(lambda: any("X has 3 features" in line for line in linear.lines), "the log told it")
    assert linear.invoke(json.dumps(ROWS)).status == 200


def test_pickled_objects_are_refused(linear: Endpoint) -> None:
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(117) + b"\n"
    response = linear.invoke(b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + header + b"cos\n", "application/x-npy")
    assert response.status == 400
    assert "allow_pickle" in response.body.decode()


def test_a_body_beyond_the_limit_is_refused(linear: Endpoint) -> None:
    response = linear.invoke(b"0" * (25 * 1024 * 1024 + 1), "text/csv")
    assert response.status == 413
    assert linear.program.ready()


def test_a_script_may_answer_with_the_older_toolkits_response(containers: Containers) -> None:
    script = """
    import sagemaker_sklearn_container.exceptions
    from sagemaker_containers.beta.framework import content_types, encoders, env, modules, transformer, worker

    def model_fn(model_dir):
        return env.ServingEnv().default_accept

    def predict_fn(rows, model):
        return rows

    def output_fn(rows, accept):
        return worker.Response(encoders.encode(rows, content_types.CSV), mimetype=content_types.CSV)
    """
    response = containers.serve(script).wait_until_ready().invoke(json.dumps(ROWS))
    assert (response.status, response.content_type) == (200, "text/csv; charset=utf-8")
    assert response.body == b"1.5,0.5\n2.5,1.5\n"


def test_other_paths_name_those_that_there_are(linear: Endpoint) -> None:
    response = linear.get("/models")
    assert response.status == 404
    assert "/invocations" in response.body.decode()


def test_a_scripts_server_leaves_batch_transform_its_defaults(linear: Endpoint) -> None:
    assert linear.get("/execution-parameters").status == 404


def test_a_server_in_a_vpc_without_internet_is_reached(containers: Containers) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        script = f"""
    import socket

    def model_fn(model_dir):
        try:
            socket.create_connection(("127.0.0.1", {other.getsockname()[1]}), timeout=5)
        except OSError:
            return "cut off"

    def predict_fn(rows, model):
        return [model]
    """
        endpoint = containers.serve(script, internet=False).wait_until_ready()
        assert endpoint.invoke(json.dumps(ROWS)).json == ["cut off"]


def test_the_models_own_functions_are_used(both_containers: Containers) -> None:
    endpoint = both_containers.serve(
        """
        import json
        def model_fn(model_dir): return open(model_dir + "/factor").read()
        def input_fn(body, content_type): return json.loads(body)["value"]
        def predict_fn(value, model): return value * int(model)
        def output_fn(prediction, accept): return f"<{prediction}>", "text/html"
        """,
        files={"model/factor": "3"},
    ).wait_until_ready()
    response = endpoint.invoke('{"value": 14}')
    assert (response.status, response.content_type, response.body) == (200, "text/html", b"<42>")


def test_transform_fn_does_all_by_itself(containers: Containers) -> None:
    endpoint = containers.serve("""
        def model_fn(model_dir): return "model"
        def transform_fn(model, body, content_type, accept): return f"{model} {body.decode()} {content_type} {accept}"
        """).wait_until_ready()
    assert endpoint.invoke("x", "text/plain", "text/plain").body == b"model x text/plain text/plain"


def test_handlers_may_ask_for_the_request_context(containers: Containers) -> None:
    endpoint = containers.serve("""
        def model_fn(model_dir, context): return context.system_properties["model_dir"]
        def transform_fn(model, body, content_type, accept, context):
            context.set_response_header(0, "X-Amzn-SageMaker-Custom-Attributes", "seen=1")
            return model + " " + context.get_request_header(0, "X-Amzn-SageMaker-Custom-Attributes")
        """).wait_until_ready()
    import urllib.request

    headers = {"X-Amzn-SageMaker-Custom-Attributes": "trace=1", "Content-Type": "text/plain"}
    request = urllib.request.Request(endpoint.program.url + "/invocations", data=b"x", headers=headers)  # noqa: S310
    with urllib.request.urlopen(request) as response:  # noqa: S310
        assert response.read() == b"/opt/ml/model trace=1"
        assert response.headers["X-Amzn-SageMaker-Custom-Attributes"] == "seen=1"


def test_a_value_error_of_the_models_input_fn_is_the_clients_mistake(containers: Containers) -> None:
    endpoint = containers.serve("""
        from sagemaker_inference.errors import UnsupportedFormatError
        def model_fn(model_dir): return None
        def input_fn(body, content_type):
            if content_type != "text/csv":
                raise UnsupportedFormatError(content_type)
            return [float(cell) for cell in body.split(",")]
        def predict_fn(rows, model): return {"sum": sum(rows)}
        """).wait_until_ready()
    assert endpoint.invoke("1,2", "text/csv").json == {"sum": 3.0}
    malformed = endpoint.invoke("1,two", "text/csv")
    assert (malformed.status, malformed.body) == (400, b"could not convert string to float: 'two'")
    assert endpoint.invoke("1,2", "text/plain").status == 415


def test_what_can_not_be_an_answer_is_named(containers: Containers) -> None:
    endpoint = containers.serve("""
        def model_fn(model_dir): return None
        def transform_fn(model, body, content_type, accept): return object()
        """).wait_until_ready()
    response = endpoint.invoke("x")
    assert response.status == 500
    assert b"output_fn returned object" in response.body


def test_the_program_may_have_another_name(containers: Containers) -> None:
    endpoint = containers.serve(
        files={"model/code/my_handlers.py": "def model_fn(d): return 1\ndef transform_fn(m, b, c, a): return 'mine'"},
        environment={"SAGEMAKER_PROGRAM": "my_handlers.py"},
    ).wait_until_ready()
    assert endpoint.invoke("x").body == b"mine"


def test_ping_says_503_until_the_model_is_loaded(containers: Containers) -> None:
    endpoint = containers.serve("""
        import os, time
        def model_fn(model_dir):
            while not os.path.exists(model_dir + "/go"):
                time.sleep(0.01)
        def transform_fn(model, body, content_type, accept): return "loaded"
        """)
    wait_until(lambda: endpoint.status("/ping") == 503, "/ping answered")
    assert not endpoint.program.ready()
    assert endpoint.invoke("x").status == 503
    (endpoint.root / "model/go").touch()
    assert endpoint.wait_until_ready().invoke("x").body == b"loaded"


@pytest.mark.parametrize(
    ("script", "last_words"),
    [
        ("def model_fn(d): return open(d + '/model.joblib')", "FileNotFoundError"),
        ("def predict_fn(data, model): return data", "Please provide a model_fn implementation"),
        (None, "Please provide a model_fn implementation"),
        ("import a_package_that_is_not_there", "ModuleNotFoundError"),
        ("def model_fn(d): import os; os.kill(os.getpid(), 9)", "signal 9"),
    ],
)
def test_a_model_that_cannot_be_loaded_ends_the_server(
    containers: Containers, script: str | None, last_words: str
) -> None:
    endpoint = containers.serve(script)
    assert endpoint.wait() == 1
    assert last_words in " ".join(endpoint.lines[-5:])
    assert not endpoint.program.ready()

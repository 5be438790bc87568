"""InvokeEndpointWithResponseStream: what a container sends in parts arrives in parts, and breaks are reported."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EventStreamError

from tests.local_aws.plain_endpoints import server

CHUNKED = """
def chunk(self, content):
    self.wfile.write(f"{len(content):x}\\r\\n".encode() + content + b"\\r\\n")
    self.wfile.flush()

def begin(self, **headers):
    self.send_response(200)
    for name, value in {"Transfer-Encoding": "chunked", **headers}.items():
        self.send_header(name.replace("_", "-"), value)
    self.end_headers()

Handler.chunk, Handler.begin = chunk, begin
"""


def streaming(predict: str) -> str:
    """A program whose ``predict(self, body)`` may call `begin` and `chunk`."""
    return server(f"{CHUNKED}\n{predict}\nHandler.predict = predict\n")


def stream(endpoints, name, body=b"row", **members):
    runtime = endpoints.aws.client("sagemaker-runtime")
    return runtime.invoke_endpoint_with_response_stream(EndpointName=name, Body=body, **members)


def parts(response):
    return [event["PayloadPart"]["Bytes"] for event in response["Body"]]


def test_a_part_arrives_before_the_next_one_is_sent(endpoints, tmp_path):
    gate = tmp_path / "gate"
    name = endpoints.serving(
        streaming(f"""
def predict(self, body):
    self.begin(Content_Type="text/plain")
    self.chunk(b"first")
    while not os.path.exists({str(gate)!r}):
        time.sleep(0.02)
    self.chunk(b"second")
    self.chunk(b"")
""")
    )
    events = iter(stream(endpoints, name)["Body"])
    assert next(events)["PayloadPart"]["Bytes"] == b"first"
    gate.touch()
    assert b"".join(event["PayloadPart"]["Bytes"] for event in events) == b"second"


def test_the_headers_of_a_stream_are_those_of_its_container(endpoints):
    name = endpoints.serving(
        streaming("""
def predict(self, body):
    self.begin(Content_Type="text/event-stream", X_Amzn_SageMaker_Custom_Attributes=self.headers["Accept"])
    self.chunk(self.headers["Content-Type"].encode())
    self.chunk(b"")
""")
    )
    response = stream(endpoints, name, ContentType="text/csv", Accept="text/event-stream")
    assert response["ContentType"] == "text/event-stream"
    assert response["CustomAttributes"] == "text/event-stream"
    assert response["InvokedProductionVariant"] == "AllTraffic"
    assert parts(response) == [b"text/csv"]


def test_a_plain_response_streams_as_well(endpoints):
    assert b"".join(parts(stream(endpoints, endpoints.serving()))) == b"1:row"


def test_a_stream_larger_than_a_response_may_be_arrives_whole(endpoints):
    name = endpoints.serving(
        streaming("""
def predict(self, body):
    self.begin()
    for number in range(160):
        self.chunk(bytes([number]) * 100_000)
    self.chunk(b"")
""")
    )
    content = b"".join(parts(stream(endpoints, name)))
    assert content == b"".join(bytes([number]) * 100_000 for number in range(160))


def test_a_stream_that_breaks_off_ends_with_a_model_stream_error(endpoints):
    name = endpoints.serving(
        streaming("""
def predict(self, body):
    self.begin()
    self.chunk(b"first")
    self.close_connection = True
""")
    )
    events = iter(stream(endpoints, name)["Body"])
    assert next(events)["PayloadPart"]["Bytes"] == b"first"
    with pytest.raises(EventStreamError) as refusal:
        next(events)
    assert refusal.value.response["Error"]["Code"] == "ModelStreamError"
    assert endpoints.describe(name)["EndpointStatus"] == "InService"


def test_an_error_before_the_first_part_is_a_model_error(endpoints):
    name = endpoints.serving(server("Handler.predict = lambda self, body: self.answer(415, b'no CSV')"))
    with pytest.raises(ClientError) as refusal:
        stream(endpoints, name)
    assert refusal.value.response["Error"]["Code"] == "ModelError"
    assert refusal.value.response["OriginalStatusCode"] == 415
    assert refusal.value.response["OriginalMessage"] == "no CSV"


def test_an_update_waits_for_the_streams_in_progress(endpoints, tmp_path):
    gate = tmp_path / "gate"
    name = endpoints.serving(
        streaming(f"""
def predict(self, body):
    self.begin()
    self.chunk(b"first")
    while body == b"wait" and not os.path.exists({str(gate)!r}):
        time.sleep(0.02)
    self.chunk(b"last")
    self.chunk(b"")
""")
    )
    events = iter(stream(endpoints, name, b"wait")["Body"])
    next(events)
    config = endpoints.config(endpoints.variant(endpoints.model()))
    endpoints.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config)
    while endpoints.predict(name) != b"1:row":  # until the new container responds
        pass
    gate.touch()
    assert [event["PayloadPart"]["Bytes"] for event in events] == [b"last"]
    assert endpoints.wait(name)["EndpointStatus"] == "InService"

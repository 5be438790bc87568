"""Requests of a stateful session reach the instance on which it began, until it is closed, expires or is lost."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.plain_endpoints import server

STATEFUL = """
    import datetime, uuid
    OPEN = {}

    def predict(self, body):
        session, headers = self.headers.get("X-Amzn-SageMaker-Session-Id"), {}
        if session == "NEW_SESSION":
            session, _, seconds = str(uuid.uuid4()), *body.partition(b" ")[1:]
            OPEN[session] = 0
            expires = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=int(seconds or 1200))
            headers["X_Amzn_SageMaker_Session_Id"] = f"{session}; Expires={expires:%Y-%m-%dT%H:%M:%SZ}"
        elif session and body == b"close":
            del OPEN[session]
            headers["X_Amzn_SageMaker_Closed_Session_Id"] = session
        elif session:
            if session not in OPEN:
                return self.answer(400, b"unknown")
            OPEN[session] += 1
        self.answer(200, f"{os.getpid()} {OPEN.get(session)}".encode(), **headers)
    Handler.predict = predict
"""


@pytest.fixture(scope="module")
def stateful(plain_aws):
    from tests.local_aws.plain_endpoints import PlainEndpoints

    plain_aws.client("s3").create_bucket(Bucket="stateful-sessions")
    endpoints = PlainEndpoints(plain_aws, "stateful-sessions")
    name = endpoints.start(
        endpoints.config(endpoints.variant(endpoints.model(server(STATEFUL)), InitialInstanceCount=2))
    )
    assert endpoints.wait(name)["EndpointStatus"] == "InService"
    return endpoints, name


def begun(endpoints, name, body=b"open"):
    """A new session's ID, and the process that answered."""
    response = endpoints.invoke(name, body, SessionId="NEW_SESSION")
    session, _, expires = response["NewSessionId"].partition("; Expires=")
    assert datetime.strptime(expires, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return session, response["Body"].read().split()[0]


def refusal(endpoints, name, session):
    with pytest.raises(ClientError) as error:
        endpoints.invoke(name, SessionId=session)
    return error.value.response["Error"]


def test_a_sessions_requests_reach_its_instance(stateful):
    endpoints, name = stateful
    sessions = [begun(endpoints, name) for _ in range(8)]
    assert len({instance for _, instance in sessions}) == 2
    for session, instance in sessions:
        answers = [endpoints.predict(name, SessionId=session).split() for _ in range(5)]
        assert answers == [[instance, str(count).encode()] for count in range(1, 6)]


def test_a_stream_goes_on_with_a_session_and_starts_none(stateful):
    endpoints, name = stateful
    session, instance = begun(endpoints, name)
    runtime = endpoints.aws.client("sagemaker-runtime")
    for _ in range(4):
        response = runtime.invoke_endpoint_with_response_stream(EndpointName=name, Body=b"row", SessionId=session)
        parts = [event["PayloadPart"]["Bytes"] for event in response["Body"]]
        assert b"".join(parts).split()[0] == instance
    with pytest.raises(ClientError, match="'sessionId' failed to satisfy constraint"):
        runtime.invoke_endpoint_with_response_stream(EndpointName=name, Body=b"row", SessionId="NEW_SESSION")


def test_a_closed_session_is_named_and_gone(stateful):
    endpoints, name = stateful
    session, _ = begun(endpoints, name)
    assert endpoints.invoke(name, b"close", SessionId=session)["ClosedSessionId"] == session
    assert refusal(endpoints, name, session)["Code"] == "ValidationError"


@pytest.mark.parametrize("session", ["never-begun", "expired"])
def test_a_session_that_is_not_there_is_refused(stateful, session):
    endpoints, name = stateful
    if session == "expired":
        session, _ = begun(endpoints, name, b"open -5")
    assert refusal(endpoints, name, session) == {
        "Code": "ValidationError",
        "Message": f"Session {session} of endpoint {name} does not exist or has expired.",
    }


def test_a_session_ends_with_its_fleet(stateful):
    endpoints, name = stateful
    session, _ = begun(endpoints, name)
    config = endpoints.config(endpoints.variant(endpoints.model(server(STATEFUL)), InitialInstanceCount=2))
    endpoints.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config)
    endpoints.wait(name)
    assert "does not exist" in refusal(endpoints, name, session)["Message"]


def test_a_session_ends_with_its_endpoint_whatever_has_the_name_next(endpoints):
    config = endpoints.config(endpoints.variant(endpoints.model(server(STATEFUL))))
    name = endpoints.start(config)
    endpoints.wait(name)
    session, _ = begun(endpoints, name)
    endpoints.delete(name)
    endpoints.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
    endpoints.wait(name)
    assert "does not exist" in refusal(endpoints, name, session)["Message"]


def test_a_container_that_names_no_session_begins_none(endpoints):
    assert "NewSessionId" not in endpoints.invoke(endpoints.serving(), SessionId="NEW_SESSION")


def test_a_serverless_endpoint_has_no_sessions(endpoints):
    serverless = {"VariantName": "A", "ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1}}
    name = endpoints.start(endpoints.config({**serverless, "ModelName": endpoints.model()}))
    endpoints.wait(name)
    with pytest.raises(ClientError, match="stateful sessions of a serverless endpoint"):
        endpoints.invoke(name, SessionId="NEW_SESSION")
    assert endpoints.predict(name, b"row") == b"1:row"


@pytest.mark.parametrize("header", ["PrefixAwareId", "EnableExplanations", "InferenceComponentName"])
def test_what_no_endpoint_has_is_refused_by_name(stateful, header):
    endpoints, name = stateful
    with pytest.raises(ClientError, match=f"does not implement .*{header}"):
        endpoints.invoke(name, **{header: "any"})


BUSY = (
    "Handler.predict = lambda self, body: (time.sleep(1.5 * (body == b'slow')), self.answer(200, b'%d' % os.getpid()))"
)


@pytest.mark.parametrize(("strategy", "instances"), [("LEAST_OUTSTANDING_REQUESTS", 1), ("RANDOM", 2)])
def test_a_busy_instance_is_avoided_unless_routing_is_random(endpoints, strategy, instances):
    model, routing = endpoints.model(server(BUSY)), {"RoutingStrategy": strategy}
    name = endpoints.start(endpoints.config(endpoints.variant(model, InitialInstanceCount=2, RoutingConfig=routing)))
    endpoints.wait(name)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(endpoints.predict, name, b"slow")
        time.sleep(0.3)
        assert len({endpoints.predict(name) for _ in range(20)}) == instances
        assert not slow.done()


def test_routing_by_prefixes_is_refused_by_name(endpoints):
    variant = endpoints.variant(endpoints.model(), RoutingConfig={"RoutingStrategy": "PREFIX_AWARE"})
    with pytest.raises(ClientError, match="RoutingStrategy PREFIX_AWARE"):
        endpoints.start(endpoints.config(variant))

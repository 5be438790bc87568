"""What a person reads when a model answers with an error: the error, and the command that shows its traceback."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from launchpad.platform_client.invocations import ModelAnsweredError, Question, predict

TRACEBACK = 'Traceback (most recent call last):\n  File "transformer.py", line 142, in transform\nValueError: flat'


class Connection:
    """An environment whose only endpoint answers with this message."""

    name = "local"

    def __init__(self, message: str) -> None:
        self.message = message

    def client(self, _service: str) -> Connection:
        return self

    def invoke_endpoint(self, **_request: object) -> None:
        error = {"Error": {"Code": "ModelError", "Message": ""}, "OriginalStatusCode": 500}
        raise ClientError({**error, "OriginalMessage": self.message}, "InvokeEndpoint")


def answer(message: str) -> str:
    with pytest.raises(ModelAnsweredError) as error:
        predict(Connection(message), "local-churn", Question(b"1,2", "text/csv"))
    return str(error.value)


def test_the_traceback_after_an_error_is_left_to_the_log():
    message = answer(f"Expected 2D array, got 1D array\n{TRACEBACK}")
    assert message.startswith("the model answered 500: Expected 2D array, got 1D array (its log: `launchpad logs")
    assert "Traceback" not in message


def test_an_answer_that_is_only_a_traceback_is_shown():
    assert "ValueError: flat" in answer(TRACEBACK)

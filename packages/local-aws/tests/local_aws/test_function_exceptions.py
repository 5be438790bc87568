"""An exception of a Lambda function has its class, message and stack trace, and a state can catch it."""

from __future__ import annotations

import json
import uuid

import pytest

from tests.local_aws.launcher import create_function
from tests.local_aws.state_machines import task


@pytest.mark.parametrize("ending", ["'busy\\n'", "'busy'); error.add_note('a note'", "''); error.add_note('a note'"])
def test_the_class_of_an_exception_is_found_before_line_breaks_and_notes(plain_aws, ending):
    name = f"noted-{uuid.uuid4().hex[:8]}"
    code = f"def handler(event, context):\n    error = KeyboardError({ending})\n    raise error"
    create_function(plain_aws, name, f"class KeyboardError(Exception):\n    pass\n\n{code}")
    payload = json.loads(plain_aws.client("lambda").invoke(FunctionName=name)["Payload"].read())
    assert payload["errorType"] == "KeyboardError"


def test_an_exception_of_a_function_has_its_class_and_stack_trace(plain_aws, machines):
    name = f"busy-{uuid.uuid4().hex[:8]}"
    code = "class BusyError(Exception):\n    pass\n\ndef handler(event, context):\n    raise BusyError('busy: a\\nb')"
    create_function(plain_aws, name, code)
    payload = json.loads(plain_aws.client("lambda").invoke(FunctionName=name)["Payload"].read())
    assert (payload["errorType"], payload["errorMessage"]) == ("BusyError", "busy: a\nb")
    (frame,) = payload["stackTrace"]
    assert "in handler\n" in frame
    state = task("lambda:invoke", {"FunctionName": name})
    state["Catch"] = [{"ErrorEquals": ["BusyError"], "Next": "Caught"}]
    assert machines.output({"Call": state, "Caught": {"Type": "Succeed", "Output": "caught"}}) == "caught"


FAILING = {
    "Runtime.ImportModuleError": ("import absent", "Unable to import module 'index': No module named 'absent'"),
    "Runtime.HandlerNotFound": ("", "Handler 'handler' missing on module 'index'"),
    "Runtime.ExitError": (
        "def handler(event, context):\n    raise SystemExit(3)",
        "Error: Runtime exited with error: exit status 3",
    ),
    "Function.ResponseSizeTooLarge": (
        "def handler(event, context):\n    return 'x' * 6_291_555",
        "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    ),
}


@pytest.mark.parametrize("kind", FAILING)
def test_a_runtime_that_fails_is_named(plain_aws, kind):
    code, message = FAILING[kind]
    name = f"failing-{uuid.uuid4().hex[:8]}"
    create_function(plain_aws, name, code)
    answer = plain_aws.client("lambda").invoke(FunctionName=name)
    payload = json.loads(answer["Payload"].read())
    assert (answer["FunctionError"], payload["errorType"]) == ("Unhandled", kind)
    assert payload["errorMessage"].endswith(message)
    assert payload["errorMessage"].startswith("RequestId: ") == (kind == "Runtime.ExitError")

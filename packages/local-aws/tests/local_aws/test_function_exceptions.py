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
    "Runtime.UserCodeSyntaxError": (
        "def handler(event, context):\n    return event +\n",
        "Syntax error in module 'index': invalid syntax (index.py, line 2)",
    ),
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


def test_a_syntax_error_of_a_function_has_its_line(plain_aws, machines):
    name = f"unread-{uuid.uuid4().hex[:8]}"
    create_function(plain_aws, name, "def handler(event, context):\n    return event +\n")
    payload = json.loads(plain_aws.client("lambda").invoke(FunctionName=name)["Payload"].read())
    (frame,) = payload["stackTrace"]
    assert frame.startswith('  File "') and frame.endswith('/index.py" Line 2\n        return event +\n')
    state = task("lambda:invoke", {"FunctionName": name})
    state["Catch"] = [{"ErrorEquals": ["Runtime.UserCodeSyntaxError"], "Next": "Caught"}]
    assert machines.output({"Call": state, "Caught": {"Type": "Succeed", "Output": "caught"}}) == "caught"


def test_an_exception_of_a_module_has_its_class(plain_aws):
    name = f"raising-{uuid.uuid4().hex[:8]}"
    create_function(plain_aws, name, "import os\nTABLE = os.environ['TABLE_OF_NOBODY']\n")
    payload = json.loads(plain_aws.client("lambda").invoke(FunctionName=name)["Payload"].read())
    assert (payload["errorType"], payload["errorMessage"]) == ("KeyError", "'TABLE_OF_NOBODY'")
    assert any('/index.py", line 2, in <module>\n' in frame for frame in payload["stackTrace"])
    assert not any("_worker.py" in frame for frame in payload["stackTrace"])


def test_a_handler_without_a_module_is_named(plain_aws):
    functions, name = plain_aws.client("lambda"), f"bare-{uuid.uuid4().hex[:8]}"
    create_function(plain_aws, name, "")
    functions.update_function_configuration(FunctionName=name, Handler="handler")
    payload = json.loads(functions.invoke(FunctionName=name)["Payload"].read())
    assert payload["errorType"] == "Runtime.MalformedHandlerName"
    assert payload["errorMessage"] == "Bad handler 'handler': not enough values to unpack (expected 2, got 1)"

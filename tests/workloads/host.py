"""Answer requests, one JSON object per line, with AWS's own inference toolkit and the workload's handler functions.

Runs in the workload's environment: `python host.py MODEL_DIR`, with SAGEMAKER_PROGRAM naming the handler's file.
"""

import base64
import json
import sys

from sagemaker_inference.default_handler_service import DefaultHandlerService


class Context:
    """The part of the model server's context that the toolkit reads and writes."""

    def __init__(self, model_dir, request=None):
        self.system_properties = {"model_dir": model_dir}
        self.request_processor = [self]
        self.request = request or {}
        self.status, self.content_type = 200, ""

    def get_request_properties(self):
        headers = {"Content-Type": self.request["content_type"], "Accept": self.request["accept"]}
        return {name: value for name, value in headers.items() if value}

    def set_response_status(self, code, phrase):  # noqa: ARG002 -- the toolkit's keyword
        self.status = code

    def set_response_content_type(self, position, content_type):  # noqa: ARG002
        self.content_type = content_type


def main(model_dir):
    service = DefaultHandlerService()
    service.initialize(Context(model_dir))
    for line in sys.stdin:
        request = json.loads(line)
        context = Context(model_dir, request)
        body = service.handle([{"body": base64.b64decode(request["body"])}], context)[0]
        data = body if isinstance(body, bytes) else body.encode()
        response = {
            "status": context.status,
            "content_type": context.content_type,
            "body": base64.b64encode(data).decode(),
        }
        print(json.dumps(response), flush=True)  # noqa: T201


main(sys.argv[1])

"""Stands in for SageMaker's endpoint: records each call as a JSON line, and refuses it when the test says so."""

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


class Endpoint(BaseHTTPRequestHandler):
    """Answers any POST of the AWS JSON protocol."""

    def do_POST(self) -> None:
        """Record the operation, its input and who signed it for which region."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        call = {
            "operation": self.headers["X-Amz-Target"].partition(".")[2],
            "input": json.loads(body),
            "region": self.headers["Authorization"].split("/")[2],
        }
        with Path("/var/log/stand-ins/sagemaker").open("a") as file:
            file.write(json.dumps(call) + "\n")
        refused = Path("/run/sagemaker-refuses").exists()
        content = b'{"__type": "AccessDeniedException", "message": "no StopNotebookInstance"}' if refused else b"{}"
        self.send_response(400 if refused else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


HTTPServer(("127.0.0.1", int(sys.argv[1])), Endpoint).serve_forever()

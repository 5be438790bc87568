"""Trains on nothing, and answers with what the training wrote."""

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

MODEL = Path("/opt/ml/model/greeting")


class Server(BaseHTTPRequestHandler):
    """Both of SageMaker's addresses."""

    def do_GET(self) -> None:
        """/ping"""
        self._answer(b"")

    def do_POST(self) -> None:
        """/invocations"""
        self._answer(MODEL.read_bytes() + b", " + self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if sys.argv[1] == "train":
    MODEL.write_text("hello")
else:
    HTTPServer(("127.0.0.1", 8080), Server).serve_forever()

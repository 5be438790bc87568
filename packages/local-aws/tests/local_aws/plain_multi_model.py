"""A model server for several models, in a few lines: a model is a file ``name`` whose text begins each answer.

MOST limits the models in memory. A model whose text begins with "bad" can't be loaded, with "slow" it takes a second.
The request "forget" makes the server lose all models, as one whose processes have died.
"""

# ruff: noqa: T201 (what it prints is its log)

import http.server
import json
import os
import sys
import time
from pathlib import Path

MOST = int(os.environ.get("MOST", "100"))
loaded: dict[str, str] = {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None: ...

    def answer(self, status: int, content: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(content.encode())))
        self.end_headers()
        self.wfile.write(content.encode())

    def do_GET(self) -> None:
        name = self.path.removeprefix("/models/")
        if self.path == "/models":
            self.answer(200, json.dumps({"models": [{"modelName": each} for each in loaded]}))
        else:
            self.answer(200 if self.path == "/ping" or name in loaded else 404)

    def do_DELETE(self) -> None:
        print("unload", loaded.pop(self.path.removeprefix("/models/"), None))
        self.answer(200)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/models":
            return self.load(json.loads(body))
        name = self.path.split("/")[2]
        if name not in loaded:
            return self.answer(404, "no such model")
        text = loaded[name]
        if body == b"forget":
            loaded.clear()
        return self.answer(200, f"{text}:{body.decode()}:{self.headers['X-Amzn-SageMaker-Target-Model']}")

    def load(self, request: dict[str, str]) -> None:
        text = Path(request["url"], "name").read_text()
        if len(loaded) >= MOST:
            return self.answer(507, "no memory")
        if text.startswith("bad"):
            return self.answer(500, "bad model")
        if text.startswith("slow"):
            time.sleep(1)
        loaded[request["model_name"]] = text
        print("load", text)
        return self.answer(200)


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()

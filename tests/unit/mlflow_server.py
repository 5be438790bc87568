"""MLflow's REST API as far as the functions use it, in memory: what it refuses, real MLflow refuses too.

`tests/end_to_end/test_experiments.py` runs the functions against a real one.
"""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Answer = dict[str, Any]
FILTER = re.compile(r"tags\.`(?P<key>[^`]+)` = '(?P<value>[^']*)'")


class RefusedError(Exception):
    """An error of MLflow's, with its code."""


class FakeMlflow:
    """Experiments and runs, and the headers of each request."""

    def __init__(self) -> None:
        self.experiments: dict[str, str] = {}
        self.runs: dict[str, Answer] = {}
        self.requests: list[dict[str, str]] = []
        self.address = ""

    def run_named(self, name: str) -> Answer:
        (run,) = [run for run in self.runs.values() if run["info"]["run_name"] == name]
        return {
            "status": run["info"]["status"],
            "end": run["info"].get("end_time"),
            "id": run["info"]["run_id"],
            **{kind: {item["key"]: item["value"] for item in run["data"][kind]} for kind in ("params", "tags")},
            "metrics": {
                key: [(item["step"], item["value"]) for item in run["data"]["metrics"] if item["key"] == key]
                for key in {item["key"] for item in run["data"]["metrics"]}
            },
        }

    def respond(self, path: str, body: dict[str, Any]) -> Answer:
        return getattr(self, "_" + path.rpartition("mlflow/")[2].replace("/", "_").replace("-", "_"))(body)

    def _experiments_get_by_name(self, body: Answer) -> Answer:
        if body["experiment_name"] not in self.experiments:
            raise RefusedError("RESOURCE_DOES_NOT_EXIST")
        return {"experiment": {"experiment_id": self.experiments[body["experiment_name"]]}}

    def _experiments_create(self, body: Answer) -> Answer:
        if body["name"] in self.experiments:
            raise RefusedError("RESOURCE_ALREADY_EXISTS")
        self.experiments[body["name"]] = str(len(self.experiments) + 1)
        return {"experiment_id": self.experiments[body["name"]]}

    def _runs_create(self, body: Answer) -> Answer:
        info = {"run_id": uuid.uuid4().hex, "status": "RUNNING", **body}
        self.runs[info["run_id"]] = {"info": info, "data": {"tags": info.pop("tags"), "params": [], "metrics": []}}
        return {"run": self.runs[info["run_id"]]}

    def _runs_search(self, body: Answer) -> Answer:
        match = FILTER.fullmatch(body["filter"])
        assert match
        tag = {"key": match["key"], "value": match["value"]}
        runs = [run for run in self.runs.values() if run["info"]["experiment_id"] in body["experiment_ids"]]
        chosen = [run for run in runs if tag in run["data"]["tags"]]
        return {"runs": chosen} if chosen else {}

    def _runs_get(self, body: Answer) -> Answer:
        return {"run": self._of(body)}

    def _runs_delete(self, body: Answer) -> Answer:
        del self.runs[body["run_id"]]
        return {}

    def _runs_update(self, body: Answer) -> Answer:
        self._of(body)["info"].update(body)
        return {"run_info": {}}

    def _runs_log_batch(self, body: Answer) -> Answer:
        data = self._of(body)["data"]
        assert len(body.get("params", [])) <= 100
        assert len(body.get("metrics", [])) <= 1000
        for item in body.get("params", []):
            if any(old["key"] == item["key"] and old["value"] != item["value"] for old in data["params"]):
                raise RefusedError("INVALID_PARAMETER_VALUE")
        data["params"] += [item for item in body.get("params", []) if item not in data["params"]]
        data["metrics"] += [item for item in body.get("metrics", []) if item not in data["metrics"]]
        new = {item["key"]: item["value"] for item in (*data["tags"], *body.get("tags", []))}
        data["tags"][:] = [{"key": key, "value": value} for key, value in new.items()]
        return {}

    def _of(self, body: Answer) -> Answer:
        if body["run_id"] not in self.runs:
            raise RefusedError("RESOURCE_DOES_NOT_EXIST")
        return self.runs[body["run_id"]]


@contextmanager
def fake_mlflow() -> Iterator[FakeMlflow]:
    """A server on loopback, until the end of the context."""
    fake = FakeMlflow()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(dict(parse_qsl(urlsplit(self.path).query)))

        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def _answer(self, body: dict[str, Any]) -> None:
            fake.requests.append({name.lower(): value for name, value in self.headers.items()})
            try:
                status, response = 200, fake.respond(urlsplit(self.path).path, body)
            except RefusedError as error:
                status, response = 400, {"error_code": str(error), "message": "refused"}
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(response).encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    fake.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()

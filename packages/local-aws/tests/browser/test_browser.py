"""No page that a real browser shows gets anything from the local AWS, by whichever way it asks."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import running_local_aws

pytestmark = pytest.mark.browser
WAYS = {
    *("beacon", "fetch", "form-form-data", "form-plain", "form-x-www-form-urlencoded"),
    *("image", "navigation", "script", "stylesheet"),
}
PAGE = Path(__file__).with_name("attack.html")
SECONDS = 90


class Site(BaseHTTPRequestHandler):
    """The attacker's site, and as `recorder` a stand-in for the local AWS that shows what the browser really sends."""

    def do_GET(self) -> None:
        self.server.ways |= set(parse_qs(urlsplit(self.path).query).get("StackName", ()))
        self.server.headers |= {name.lower() for name in self.headers}
        self._send(self.server.page if self.path == "/" else b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode(errors="replace")
        if self.path == "/done":
            self.server.results = json.loads(body)
            self.server.done.set()
        self.server.ways |= {way for way in WAYS if way in body}
        self.server.headers |= {name.lower() for name in self.headers}
        self._send(b"")

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Write nothing to the terminal."""


@contextmanager
def site() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.page, server.ways, server.headers, server.results = b"", set(), set(), []
    server.done = threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> list[str]:
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert program, "no Chromium on the PATH; on Debian: apt-get install chromium"
    return [
        *(program, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"),
        f"--user-data-dir={tmp_path_factory.mktemp('profile')}",
        "--host-resolver-rules=MAP evil.example 127.0.0.1",
    ]


@pytest.fixture(scope="module", params=["open", "iam"])
def aws(request):
    with running_local_aws(*PLAIN, *(("--iam",) if request.param == "iam" else ())) as server:
        s3 = server.client("s3")
        s3.create_bucket(Bucket="private")
        s3.put_object(Bucket="private", Key="object", Body=b"what no page may read")
        yield server


def stacks(aws):
    return aws.client("cloudformation").describe_stacks()["Stacks"]


@pytest.fixture(scope="module")
def attack(aws, browser):
    """What the page got from the local AWS, and from a recorder that it attacked in the same way."""
    with site() as recorder, site() as attacker:
        targets = [aws.url, f"http://127.0.0.1:{recorder.server_port}"]
        attacker.page = PAGE.read_text().replace("__TARGETS__", json.dumps(targets)).encode()
        program = subprocess.Popen(
            [*browser, "--remote-debugging-port=0", f"http://evil.example:{attacker.server_port}/"],
            stderr=subprocess.DEVNULL,
        )
        try:
            assert attacker.done.wait(SECONDS), "the page did not end"
        finally:
            program.terminate()
            program.wait(20)
        yield attacker.results[0], recorder


def test_the_browser_really_sent_each_kind_of_request(attack):
    _, recorder = attack
    assert recorder.ways == WAYS
    assert {"origin", "sec-fetch-site", "sec-fetch-mode"} <= recorder.headers


def test_no_way_deploys_a_stack(aws, attack):
    assert stacks(aws) == []


def test_no_object_is_read_or_deleted(aws, attack):
    results, _ = attack
    assert results["object"] == "failed"
    body = aws.client("s3").get_object(Bucket="private", Key="object")["Body"].read()
    assert body == b"what no page may read"


def test_no_web_socket_is_opened(attack):
    results, _ = attack
    assert results["socket"] == "refused"


def test_a_host_name_that_resolves_to_loopback_reads_nothing(aws, browser):
    """The state after DNS rebinding: the browser takes the server for the page's own."""
    page = subprocess.run(
        [*browser, "--dump-dom", f"http://evil.example:{aws.port}/private/object"],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    ).stdout
    assert "does not answer" in page
    assert "what no page may read" not in page


def test_a_local_file_deploys_nothing(aws, browser, tmp_path):
    file = tmp_path / "page.html"
    file.write_text(PAGE.read_text().replace("__TARGETS__", json.dumps([aws.url])))
    subprocess.run(
        [*browser, "--dump-dom", "--virtual-time-budget=20000", file.as_uri()],
        capture_output=True,
        timeout=SECONDS,
        check=True,
    )
    assert stacks(aws) == []

"""Images that bring their programs: found by `image.toml`, run as they are, reached without a network."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws.runtimes.base import ContainerSpec, ImageNotFoundError
from local_aws.runtimes.command_lines import programs
from local_aws.runtimes.images import load_images
from local_aws.runtimes.process import ProcessRuntime
from local_aws.runtimes.surroundings import Level
from tests.local_aws.runtimes.conftest import CACHE, UV
from tests.local_aws.runtimes.containers import Containers, Endpoint

URI = "123456789012.dkr.ecr.us-east-1.amazonaws.com/launchpad/local/mine:1"
IMAGE = """\
kind = "own"
title = "mine"
repositories = ["launchpad/*/mine"]
tags = ["*"]
"""
PROGRAMS = {
    "train": """\
#!/bin/sh
helper >"$SAGEMAKER_MODEL/weights"
""",
    "helper": """\
#!/bin/sh
echo learned
""",
    "serve": """\
#!/usr/bin/env python3
import http.server, os, signal, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[::-1])

signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
http.server.HTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
""",
}


@pytest.fixture
def image(tmp_path: Path) -> Path:
    folder = tmp_path / "images" / "mine"
    (folder / "programs").mkdir(parents=True)
    (folder / "image.toml").write_text(IMAGE)
    (folder / "requirements.txt").write_text("# None.\n")
    for name, text in PROGRAMS.items():
        (folder / "programs" / name).write_text(text)
        (folder / "programs" / name).chmod(0o755)
    return folder


@pytest.fixture
def own(image: Path, tmp_path: Path) -> Iterator[Containers]:
    with Containers(ProcessRuntime(CACHE, uv=UV, images=[image.parent]), tmp_path) as containers:
        yield containers


def spec_of(root: Path, *, network: bool = False) -> ContainerSpec:
    return ContainerSpec(image=URI, root=root, environment={}, network=network, log=print)


def test_the_images_own_train_runs_with_its_programs_on_path(own: Containers) -> None:
    job = own.train("", image=URI, environment={"SAGEMAKER_MODEL": "model"})
    assert job.wait() == 0, job.output
    assert (job.root / "model/weights").read_text() == "learned\n"


@pytest.mark.parametrize("network", [True, False])
def test_the_images_own_server_is_reached_and_ends_with_its_own_exit_code(own: Containers, network: bool) -> None:
    root = own._root("model")
    program = own.runtime.serve(spec_of(root, network=network))
    endpoint = own._remember(Endpoint(root, program, []))
    response = endpoint.wait_until_ready().invoke("abc" * 100_000)
    assert (response.status, response.body) == (200, b"cba" * 100_000)
    assert program.terminate(10) == 7


def test_a_program_that_the_image_lacks_is_reported_with_those_it_has(own: Containers) -> None:
    with pytest.raises(ImageNotFoundError, match=r"no program 'process' \(it has: train, serve\)"):
        own.runtime.process(spec_of(own._root("processing")))


def test_what_the_machine_lacks_is_reported_with_debians_packages(image: Path) -> None:
    with (image / "image.toml").open("a") as file:
        file.write('[needs]\nno-such-program = "r-base-core"\n')
    runtime = ProcessRuntime(CACHE, uv=UV, images=[image.parent])
    with pytest.raises(RuntimeError, match=r"mine needs no-such-program, .*apt-get install r-base-core"):
        runtime.prepare(URI, print)


def test_an_image_of_awss_kind_may_bring_a_separate_server(image: Path, tmp_path: Path) -> None:
    text = (image / "image.toml").read_text()
    (image / "image.toml").write_text(text.replace('"own"', '"framework"'))
    (image / "programs" / "train").unlink()
    assert programs(*load_images(image.parent)) == ["train", "serve"]
    with Containers(ProcessRuntime(CACHE, uv=UV, images=[image.parent]), tmp_path) as containers:
        root = containers._root("model")
        program = containers.runtime.serve(spec_of(root))
        endpoint = containers._remember(Endpoint(root, program, []))
        assert endpoint.wait_until_ready().invoke("abc").body == b"cba"


FIXED_PORT = """\
#!/usr/bin/env python3
import http.server, os, urllib.request

class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(b"")

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"]).read())

http.server.HTTPServer(("0.0.0.0", 8080), Handler).serve_forever()
"""


class Outside(http.server.BaseHTTPRequestHandler):
    """What the programs reach on this machine's 127.0.0.1."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"here")

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def outside() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Outside)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_two_servers_listen_on_8080_at_once_and_reach_the_machine(own: Containers, image: Path, outside: str) -> None:
    if own.runtime.level == Level.PLAIN:
        pytest.skip("this machine gives no Linux namespaces")
    (image / "programs" / "serve").write_text(FIXED_PORT)
    endpoints = []
    for _ in range(2):
        root = own._root("model")
        variables = {"AWS_ENDPOINT_URL": outside}
        program = own.runtime.serve(ContainerSpec(image=URI, root=root, environment=variables, network=True, log=print))
        endpoints.append(own._remember(Endpoint(root, program, [])))
    assert [endpoint.wait_until_ready().invoke("abc").body for endpoint in endpoints] == [b"here", b"here"]


def test_a_machine_without_namespaces_says_first_which_port_is_meant(image: Path, tmp_path: Path) -> None:
    runtime = ProcessRuntime(CACHE, uv=UV, images=[image.parent], level=Level.PLAIN)
    with Containers(runtime, tmp_path) as containers:
        lines: list[str] = []
        root = containers._root("model")
        program = runtime.serve(ContainerSpec(image=URI, root=root, environment={}, network=True, log=lines.append))
        endpoint = containers._remember(Endpoint(root, program, []))
        assert endpoint.wait_until_ready().invoke("abc").body == b"cba"
    assert "must listen on the port in SAGEMAKER_BIND_TO_PORT" in lines[0]


def test_labels_of_an_image_hold_for_the_tags_that_it_names(image: Path) -> None:
    with (image / "image.toml").open("a") as file:
        file.write('[labels]\naccept-bind-to-port = ["*"]\nmulti-models = ["2*"]\n')
    runtime = ProcessRuntime(CACHE, uv=UV, images=[image.parent])
    assert runtime.labels(URI) == {"accept-bind-to-port"}
    assert runtime.labels(URI.replace(":1", ":2.0")) == {"accept-bind-to-port", "multi-models"}
    assert runtime.labels("another:1") is None

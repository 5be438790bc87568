"""Images that bring programs of their own: found by `image.toml`, run as they are, reached without a network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws.runtimes.base import ContainerSpec, ImageNotFoundError
from local_aws.runtimes.command_lines import programs
from local_aws.runtimes.images import load_images
from local_aws.runtimes.process import ProcessRuntime
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


def test_a_program_that_the_image_has_not_is_told_with_those_it_has(own: Containers) -> None:
    with pytest.raises(ImageNotFoundError, match=r"no program 'process' \(it has: train, serve\)"):
        own.runtime.process(spec_of(own._root("processing")))


def test_what_the_machine_lacks_is_told_with_debians_packages(image: Path) -> None:
    with (image / "image.toml").open("a") as file:
        file.write('[needs]\nno-such-program = "r-base-core"\n')
    runtime = ProcessRuntime(CACHE, uv=UV, images=[image.parent])
    with pytest.raises(RuntimeError, match=r"mine needs no-such-program, .*apt-get install r-base-core"):
        runtime.prepare(URI, print)


def test_an_image_of_awss_kind_may_bring_a_server_of_its_own(image: Path, tmp_path: Path) -> None:
    text = (image / "image.toml").read_text()
    (image / "image.toml").write_text(text.replace('"own"', '"framework"'))
    (image / "programs" / "train").unlink()
    assert programs(*load_images(image.parent)) == ["train", "serve"]
    with Containers(ProcessRuntime(CACHE, uv=UV, images=[image.parent]), tmp_path) as containers:
        root = containers._root("model")
        program = containers.runtime.serve(spec_of(root))
        endpoint = containers._remember(Endpoint(root, program, []))
        assert endpoint.wait_until_ready().invoke("abc").body == b"cba"

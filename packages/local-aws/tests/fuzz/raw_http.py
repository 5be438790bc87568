"""HTTP that no client of AWS sends: bytes on a socket, so that nothing puts them right on the way."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from random import Random

from tests.fuzz.odd_parts import FORMS, HEADERS, METHODS, PATHS, UPLOADS, XML, XML_PATHS
from tests.local_aws.launcher import LocalAws
from tests.local_aws.signed import signature

SECONDS = 10
OURS = ("sagemaker", "emr-serverless", "elasticmapreduce", "servicequotas", "application-autoscaling")
QUERY = ("cloudformation", "sts", "iam", "sqs", "sns", "monitoring", "ec2")
SERVICES = (*OURS, *QUERY, "s3", "logs")
PATHS_OF = ("sagemaker", "emr-serverless", "s3", "sts")
"""Those that look at a path, and two that must not mind."""
FORM = "Content-Type: application/x-www-form-urlencoded"
LENGTHS = ("content-length", "transfer-encoding", "expect")
UPLOAD = "Content-Type: multipart/form-data; boundary=x"


@dataclass(frozen=True)
class Message:
    """One request, and the service that its signature names."""

    service: str
    method: str = "POST"
    path: str = "/"
    header: str = "X-Fuzz: 1"
    body: bytes = b""

    def __str__(self) -> str:
        return f"{self.service}: {self.method} {self.path[:200]!r} {self.header[:200]!r} {self.body[:200]!r}"


def singles() -> Iterator[Message]:
    """Every odd part once, with the services that read it."""
    for service in PATHS_OF:
        yield from (Message(service, method, path) for path in PATHS for method in ("GET", "POST"))
        yield from (Message(service, method) for method in METHODS)
    for service in SERVICES:
        yield from (Message(service, header=header, body=b"{}") for header in HEADERS)
    for service in QUERY:
        yield from (Message(service, header=FORM, body=form) for form in FORMS)
        yield from (Message(service, header="Content-Type: text/xml", body=body) for body in XML)
    for body in XML:
        yield from (Message("s3", method, path, body=body) for path in XML_PATHS for method in ("PUT", "POST"))
    for body in UPLOADS:
        yield from (Message(service, "POST", "/fuzz", UPLOAD, body) for service in ("s3", "sagemaker"))


def mixtures(seed: int, count: int) -> Iterator[Message]:
    """Odd parts together, by chance."""
    for number in range(count):
        random = Random(f"{seed}/http/{number}")  # noqa: S311
        service, method, header = (random.choice(parts) for parts in (SERVICES, METHODS, (*HEADERS, FORM)))
        yield Message(service, method, random.choice(PATHS + XML_PATHS), header, random.choice(FORMS + XML + UPLOADS))


def sent(aws: LocalAws, message: Message) -> bytes:
    """The answer; empty where the server ends the connection instead. Raises `TimeoutError`."""
    head = "\r\n".join(
        (f"{message.method} {message.path} HTTP/1.1", *_headers(aws, message), "Connection: close", "", "")
    )
    with socket.create_connection(("127.0.0.1", aws.port), SECONDS) as connection:
        connection.sendall(head.encode("latin-1") + message.body)
        if message.header.lower().startswith(LENGTHS):
            connection.shutdown(socket.SHUT_WR)  # the server would wait for the rest of the body, as it should
        return _read(connection)


def _headers(aws: LocalAws, message: Message) -> list[str]:
    """Those of a signed request, but for the one that the message has itself."""
    path = message.path if message.path.startswith("/") else "/"
    signed = signature(aws, message.service, message.body, {}, method=message.method, path=path)
    headers = {"Host": aws.url.partition("//")[2], "Content-Length": str(len(message.body)), **signed}
    own = message.header.partition(":")[0].lower()
    return [*(f"{name}: {value}" for name, value in headers.items() if name.lower() != own), message.header]


def _read(connection: socket.socket) -> bytes:
    parts = []
    with suppress(ConnectionError):
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def status(response: bytes) -> int:
    """The HTTP status, and 0 where there is none."""
    words = response.partition(b"\r\n")[0].split(b" ")
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0

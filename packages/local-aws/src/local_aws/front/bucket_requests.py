"""S3's model in its requests: the XML of configurations, and headers with a choice. No object's body is looked at.

Confirmed by users' reports and published tests against AWS are the words for XML, storage classes, encryption, encoding
types, empty bodies, lock modes and object ownership. Not confirmed: those for the two directives and a legal hold, and
whether S3 minds the case of headers' values. Not checked: canned ACLs and
CreateBucket's LocationConstraint, which the emulator checks, and the names of checksums' algorithms.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from botocore.model import OperationModel, Shape, StructureShape
from botocore.parsers import ResponseParserError, RestXMLParser

from local_aws.api.errors import AwsError
from local_aws.api.service import service_model
from local_aws.api.validation import broken
from local_aws.front.bucket_reads import refuse_reading

MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"
CHOICES = {
    "x-amz-storage-class": ("InvalidStorageClass", "The storage class you specified is not valid"),
    "x-amz-server-side-encryption": ("InvalidArgument", "The encryption method specified is not supported"),
    "x-amz-metadata-directive": ("InvalidArgument", "Unknown metadata directive."),
    "x-amz-tagging-directive": ("InvalidArgument", "Unknown tagging directive."),
    "x-amz-object-lock-mode": ("InvalidArgument", "Unknown wormMode directive."),
    "x-amz-object-lock-legal-hold": ("InvalidArgument", "Legal Hold must be either of 'ON' or 'OFF'"),
    "x-amz-object-ownership": ("InvalidArgument", "Invalid x-amz-object-ownership header: {}"),
    "encoding-type": ("InvalidArgument", "Invalid Encoding Method specified in Request"),
}
"""Headers and a parameter with a choice of values: the code and the words for another one."""


def refuse_broken(method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]) -> None:
    """Raise `AwsError` for a request that breaks S3's model. The path begins with the bucket's name."""
    for name, allowed in _choices().items():
        chosen = headers.get(name, "") if name.startswith("x-amz-") else "".join(query.get(name, ""))
        if chosen and chosen not in allowed:
            code, words = CHOICES[name]
            raise AwsError(code, words.format(chosen))
    of_an_object = bool(path.strip("/").partition("/")[2])
    refuse_reading(method, headers, query, of_an_object=of_an_object)
    if method not in ("PUT", "POST") or "aws-chunked" in headers.get("content-encoding", ""):
        return
    for parameter in query:
        if operation := _configurations().get((method, of_an_object, parameter)):
            _refuse_malformed(operation, body)
    if method == "POST" and of_an_object and "uploadId" in query:
        _refuse_malformed(service_model("s3").operation_model("CompleteMultipartUpload"), body)
    if method == "PUT" and not of_an_object and path.strip("/") and not query.keys() - {"x-id"}:
        _refuse_malformed(service_model("s3").operation_model("CreateBucket"), body)


def _refuse_malformed(operation: OperationModel, body: bytes) -> None:
    shape, name = _payload(operation)
    if not body:
        if name in operation.input_shape.required_members:
            raise AwsError("MissingRequestBodyError", "Request Body is empty")
        return
    try:
        members = _READER.read(shape, body)
    except (ResponseParserError, ValueError) as error:
        raise AwsError("MalformedXML", MALFORMED) from error
    problems = [problem.path for problem in broken(shape, members, "")]
    if any(path != "locationConstraint" for path in problems):
        raise AwsError("MalformedXML", MALFORMED)


class _Reader(RestXMLParser):  # type: ignore[misc]
    """Botocore's reader of answers in XML, which reads requests as well."""

    def read(self, shape: Shape, body: bytes) -> Any:
        return self._parse_shape(shape, self._parse_xml_string_to_dom(body))


_READER = _Reader(timestamp_parser=lambda _text: 0, blob_parser=str)
"""Times are not looked at: a model has no constraints of them."""


@cache
def _configurations() -> dict[tuple[str, bool, str], OperationModel]:
    """The operations with XML in their body: by method, whether of an object, and the parameter that names them."""
    return {
        (operation.http["method"], "{Key+}" in operation.http["requestUri"], parameter.partition("&")[0]): operation
        for operation in _operations()
        if (parameter := operation.http["requestUri"].partition("?")[2])
        and _payload(operation)[1]
        and not operation.deprecated
    }


def _payload(operation: OperationModel) -> tuple[Shape, str]:
    """The shape and the name of what the body is, which is "" for an operation without XML."""
    shape = operation.input_shape
    name = str(shape.serialization.get("payload", "")) if isinstance(shape, StructureShape) else ""
    return (shape.members[name], name) if name and shape.members[name].type_name == "structure" else (shape, "")


@cache
def _choices() -> dict[str, frozenset[str]]:
    """The values of each header or parameter with a choice, of all operations together."""
    allowed: dict[str, frozenset[str]] = dict.fromkeys(CHOICES, frozenset[str]())
    for operation in _operations():
        for member in operation.input_shape.members.values() if operation.input_shape else ():
            name = member.serialization.get("name", "")
            if name in allowed and member.serialization.get("location") in ("header", "querystring"):
                allowed[name] |= frozenset(member.enum)
    return allowed


def _operations() -> Iterator[OperationModel]:
    model = service_model("s3")
    return map(model.operation_model, model.operation_names)

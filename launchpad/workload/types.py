"""Types of values that several sections of `workload.yaml` use."""

from __future__ import annotations

import os
import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from launchpad.config_files.aws_services import AWS_SERVICE, IAM_PREFIXES
from launchpad.config_files.s3_uris import LONGEST_URI, URI, check_bucket
from launchpad.config_files.yaml_source import FieldError, Settings, distinct, for_editors, pattern

LONGEST_NAME = 255
"""The most bytes in a file's name (Linux, NAME_MAX)."""


def _relative_path(value: str) -> str:
    parts = value.split("/")
    if max(len(os.fsencode(part)) for part in parts) > LONGEST_NAME:
        raise ValueError(f"a file's name has at most {LONGEST_NAME} bytes; choose a shorter one")
    if value.startswith("/") or ".." in parts:
        raise ValueError(f"{value!r} must lie inside the workload's folder; write a relative path without `..`")
    return value


def _shareable_path(value: str) -> str:
    """Check a path in the workload's folder, or in another workload's: `../NAME/...`."""
    inside = value.removeprefix("../")
    if inside != value and inside.split("/")[0] in ("", ".", ".."):
        raise ValueError(f"{value!r} must name a folder of workloads/; write a path such as ../boston-housing/src")
    try:
        _relative_path(inside)
    except ValueError as error:
        raise ValueError(str(error).replace(repr(inside), repr(value))) from None
    return value


def _regex_with_one_group(value: str) -> str:
    try:
        groups = re.compile(value).groups
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"not a regular expression: {error}; write one such as `R2: ([0-9.]+)`") from None
    if groups != 1:
        raise ValueError(f"needs exactly one group around the number, such as `R2: ([0-9.]+)`; it has {groups}")
    if (match := re.compile(value).search("")) and match[1] == "":
        raise ValueError("its group also matches an empty text, which is no number; write one such as `R2: ([0-9.]+)`")
    return value


def _without_scheme(value: str) -> str:
    if "://" in value:
        raise ValueError(f"{value!r} is a URI; write a folder of the data bucket, or `uri:` for another bucket")
    return value


Name = Annotated[
    str, pattern(r"^[a-z0-9](-?[a-z0-9])*$", "use lower-case letters, digits and inner hyphens", max_length=40)
]
ChannelName = Annotated[
    str, pattern(r"^[A-Za-z0-9._-]{1,64}$", "use 1 to 64 letters, digits, dots, hyphens, underscores")
]
S3Uri = Annotated[
    str,
    pattern(URI + r"(/.*)?$", "write s3://bucket/key", max_length=LONGEST_URI),
    AfterValidator(check_bucket),
]
Prefix = Annotated[
    str,
    pattern(
        r"^[^/\s](\S*[^/\s])?$",
        "write a folder such as a/b, with no slash at its ends and no blank",
        max_length=900,  # of a URI, which has 1024 characters at most with the bucket's name
    ),
    AfterValidator(_without_scheme),
    for_editors(r"^(?!.*://)[^/\s](\S*[^/\s])?$", maxLength=900),
]
ImageUri = Annotated[
    str,
    pattern(
        r"^[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.[a-z.]+/[a-z0-9._/-]+(:[A-Za-z0-9_.-]+|@sha256:[0-9a-f]{64})$",
        "write ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG, for SageMaker pulls from Amazon ECR only",
    ),
]
VariableName = Annotated[str, pattern(r"^[a-zA-Z_][a-zA-Z0-9_]*$", "use letters, digits and underscores")]
_ONE_LINE = (r"^[^\n\r\u0085\u2028\u2029]+$", "write some text on one line")


def line(longest: int) -> StringConstraints:
    """A constraint on a text without line breaks, which the API's patterns `.+` and `.*` refuse."""
    return pattern(*_ONE_LINE, max_length=longest)


def name_of_job(longest: int) -> StringConstraints:
    """A constraint on the name of an existing job (`TrainingJobName`, `HyperParameterTuningJobName`)."""
    return pattern(JOB_NAME, "use letters, digits and inner hyphens", max_length=longest)


JOB_NAME = r"^[a-zA-Z0-9](-*[a-zA-Z0-9])*$"
MOST_VARIABLES = 90
"""A job or a model has 100 at most; the platform adds its own."""
TrainingEnvironment = Annotated[
    dict[Annotated[VariableName, Field(max_length=512)], Annotated[str, Field(max_length=512)]],
    Field(max_length=MOST_VARIABLES),
]
"""`TrainingEnvironmentKey` and `TrainingEnvironmentValue` of SageMaker's API."""
ProcessingEnvironment = Annotated[
    dict[Annotated[VariableName, Field(max_length=256)], Annotated[str, Field(max_length=256)]],
    Field(max_length=MOST_VARIABLES),
]
"""`ProcessingEnvironmentKey` and `ProcessingEnvironmentValue`."""
ServingEnvironment = Annotated[
    dict[Annotated[VariableName, Field(max_length=1024)], Annotated[str, Field(max_length=1024)]],
    Field(max_length=MOST_VARIABLES),
]
"""`EnvironmentKey` and `EnvironmentValue`, of a container of a model."""
HyperparameterName = Annotated[
    str, pattern(r"^[^\s=-][^\s=]*$", "use no blank and no `=`, and no hyphen at the start", max_length=256)
]
"""`HyperParameterKey` takes any text; a script gets it as the option `--NAME`."""
_INSIDE = r"(?!/)(?!(.*/)?\.\.(/|$))"
"""A relative path without `..`."""
RelativePath = Annotated[
    str,
    StringConstraints(min_length=1, max_length=1000),
    AfterValidator(_relative_path),
    for_editors(f"^{_INSIDE}", minLength=1, maxLength=1000),
]
SharedPath = Annotated[
    str,
    StringConstraints(min_length=1, max_length=1000),
    AfterValidator(_shareable_path),
    for_editors(rf"^(\.\./(?=[^/.])|(?!\.\./)){_INSIDE}", minLength=1, maxLength=1000),
]
"""Also another workload's, `../NAME/...`: variants of one model share what is the same in all of them."""
ContentType = Annotated[str, line(256)]
MediaType = Annotated[
    str,
    pattern(
        r"^[A-Za-z0-9_.+-]+/[A-Za-z0-9_.+-]+( *;[^\n\r]*)?$", "write a media type such as text/csv", max_length=256
    ),
]
"""A content type that a model's server reads as HTTP's; built-in algorithms also take others for their channels."""
_NO_GROUP = r"(?:\\.|\[(?:\\.|[^\]\\])*\]|\(\?|[^(\\\[])*"
MetricRegex = Annotated[
    str,
    line(500),
    AfterValidator(_regex_with_one_group),
    for_editors(rf"^(?!\(\.\*\)$){_NO_GROUP}\((?!\?){_NO_GROUP}\){_NO_GROUP}$", maxLength=500),
]
Minutes = Annotated[int, Field(ge=1, le=28 * 24 * 60)]
VolumeGb = Annotated[int, Field(ge=1, le=16384)]
InstanceCount = Annotated[int, Field(ge=1, le=100)]


AwsServices = Annotated[
    tuple[Annotated[str, AWS_SERVICE], ...], Field(max_length=len(IAM_PREFIXES)), AfterValidator(distinct)
]


class Source(Settings):
    """Scripts of the workload, packaged together: what several kinds of job have in common."""

    entry_point: RelativePath | None = None
    """The script in `source_dir`; none for a built-in algorithm, a container with its own program, or an endpoint whose
    image has a handler for such models (docs/serving.md)."""
    source_dir: SharedPath = "src"
    """A folder of the workload, or of another one: `../NAME/src`."""
    libraries: tuple[SharedPath, ...] = Field(default=(), max_length=20)
    """More folders or modules, also of other workloads; each is packaged next to the script, to be imported."""
    aws_services: AwsServices = ()
    """What the program itself calls, as in `com.amazonaws.<region>.<name>`: `[sts, sagemaker.runtime]`. An environment
    without a way to the internet makes an interface endpoint of each, some $7 a month per zone. Needs
    `network_isolation: false`; S3, and what SageMaker does for the job, need no endpoint."""

    @model_validator(mode="after")
    def _services_are_reached(self) -> Self:
        if self.aws_services and getattr(self, "network_isolation", False):
            message = "an isolated container reaches no service: write `network_isolation: false`, or remove this line"
            raise FieldError(("aws_services",), message)
        return self

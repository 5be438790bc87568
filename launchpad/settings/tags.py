"""Tags: what every resource of the platform accepts, which is less than what most of them accept.

The characters are those of IAM, SQS and SageMaker (`tagKeyType`, `TagKey` in their APIs). The lengths are those of
AWS::ECR::Repository in CloudFormation's registry, which every environment has: a key of 1 to 127 characters, a value of
1 to 255. An empty value is also refused by AWS::StepFunctions::StateMachine and AWS::CloudWatch::Alarm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from launchpad.config_files.yaml_source import FieldError, SectionError, pattern

_CHARACTERS = (r"^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$", "use one or more letters, digits, spaces and _ . : / = + - @")
TagKey = Annotated[str, pattern(*_CHARACTERS, max_length=127)]
TagValue = Annotated[str, pattern(*_CHARACTERS, max_length=255)]
MOST = 40
"""A resource has 50 tags at most (`tagListType` of IAM, `TagList` of SageMaker); the platform and CDK add theirs."""


def _usable(tags: dict[str, str]) -> dict[str, str]:
    problems = list(_problems(tags))
    if problems:
        raise SectionError(problems)
    return tags


def _problems(tags: Mapping[str, str]) -> Iterator[FieldError]:
    seen: dict[str, str] = {}
    for key, value in tags.items():
        folded = key.casefold()
        if folded.startswith("aws:") or value.casefold().startswith("aws:"):
            # "Tag naming limits and requirements" of the guide to tagging: in any case, of keys and values
            yield FieldError((key,), "AWS keeps tags that begin with `aws:` for itself; choose another")
        if folded.startswith("launchpad:"):
            yield FieldError((key,), "is a tag of the platform, which finds its resources by it; choose another")
        if folded in seen:
            # IAM user guide, "Tags for IAM resources": a role's tag keys are not case sensitive
            message = f"is the same key as {seen[folded]!r} to IAM, which ignores upper and lower case; remove one"
            yield FieldError((key,), message)
        seen[folded] = key


_FOR_EDITORS: dict[str, Any] = {
    "additionalProperties": False,
    "propertyNames": {"maxLength": 127, "not": {"pattern": "^([Aa][Ww][Ss]|[Ll][Aa][Uu][Nn][Cc][Hh][Pp][Aa][Dd]):"}},
}
Tags = Annotated[
    dict[TagKey, TagValue], Field(max_length=MOST, json_schema_extra=_FOR_EDITORS), AfterValidator(_usable)
]

LONGEST_STUDIO_VALUE = 128
"""The limit of a domain and a user profile (CloudFormation, AWS::SageMaker::Domain and AWS::SageMaker::UserProfile)."""
_SERVERLESS = re.compile(r"[A-Za-z0-9 /_.:=+@-]+")
"""`TagKey` of EMR Serverless's API."""
_EMR_STUDIO = re.compile(r"[a-zA-Z+-=._:/]+")
"""A tag's key of AWS::EMR::Studio in CloudFormation; `+-=` is a range, which has digits and no space."""


def tags_of_sections(
    tags: Mapping[str, str], *, studio: bool, spark: bool, spark_serverless: bool
) -> Iterator[tuple[tuple[str, ...], str]]:
    """What the optional sections of a config don't accept in a tag: the key of each mistake, and the message."""
    for key, value in tags.items():
        if studio and len(value) > LONGEST_STUDIO_VALUE:
            most = LONGEST_STUDIO_VALUE
            yield ("tags", key), f"with `studio` a tag's value has at most {most} characters, not {len(value)}"
        if spark and not _EMR_STUDIO.fullmatch(key):
            yield (
                ("tags", key),
                "with `spark` a tag's key has no spaces, @ or accents: use letters, digits and _ . : / = + -",
            )
        if spark_serverless and not (_SERVERLESS.fullmatch(key) and _SERVERLESS.fullmatch(value)):
            yield (
                ("tags", key),
                "with `spark_serverless` a tag has no accents: use A to Z, a to z, digits and _ . : / = + - @",
            )

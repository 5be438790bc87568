"""Templates whose text alone is refused."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("[" * 5_000, "nests too deep"),
        ("a: " + "{b: " * 300 + "1" + "}" * 300, "nests too deep"),
        ('{"a":' * 300 + "1" + "}" * 300, "nests too deep"),
        ("Resources: &a [*a]", "YAML aliases are not allowed"),
        ("Resources: &a {}\nMetadata: *a", "YAML aliases are not allowed"),
    ],
    ids=["lists", "flow", "json", "itself", "alias"],
)
def test_a_template_that_no_reader_should_load_is_refused(plain_aws, template, message):
    with pytest.raises(ClientError, match=f"Template format error: .*{message}") as caught:
        plain_aws.client("cloudformation").create_stack(StackName="text", TemplateBody=template)
    assert caught.value.response["Error"]["Code"] == "ValidationError"

"""A call of a service that the local AWS does not have is refused in that service's protocol, by name."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.client_errors import refused

CALLS = {
    "comprehend": ("detect_sentiment", {"Text": "good", "LanguageCode": "en"}),
    "fsx": ("describe_file_systems", {}),
    "elasticbeanstalk": ("describe_applications", {}),
    "cloudsearch": ("list_domain_names", {}),
    "polly": ("describe_voices", {}),
    "guardduty": ("get_findings", {"DetectorId": "d", "FindingIds": ["f"]}),
    "pinpoint": ("get_app", {"ApplicationId": "a"}),
    "mediastore-data": ("get_object", {"Path": "a/b.txt"}),
    "gamelift": ("list_builds", {}),
}
"""A call of each protocol: JSON, query, REST, with names for signatures and paths of all kinds, and CBOR."""


@pytest.mark.parametrize("service", CALLS)
def test_an_absent_service_is_named_with_its_operation(plain_aws, service):
    method, request = CALLS[service]
    client = plain_aws.client(service)
    words = f"The local AWS does not implement {service}:{client.meta.method_to_api_mapping[method]}."
    assert refused(getattr(client, method), **request) == f"NotImplementedException: {words}"


def test_an_absent_service_is_not_tried_again(plain_aws):
    with pytest.raises(ClientError) as refusal:
        plain_aws.client("fsx").describe_file_systems()
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501

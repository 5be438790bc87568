"""Service Quotas of SageMaker, as a new account finds them."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

SAGEMAKER = {"ServiceCode": "sagemaker"}


@pytest.fixture
def quotas(plain_aws):
    return plain_aws.client("service-quotas", region_name="eu-west-1")


def by_name(quotas, operation="list_service_quotas"):
    pages = quotas.get_paginator(operation).paginate(**SAGEMAKER)
    return {quota["QuotaName"]: quota for page in pages for quota in page["Quotas"]}


def code_of(quotas, name):
    return by_name(quotas)[name]["QuotaCode"]


@pytest.mark.parametrize("operation", ["list_service_quotas", "list_aws_default_service_quotas"])
def test_every_use_of_an_instance_type_is_a_quota_of_its_own_on_some_page(quotas, operation):
    names = by_name(quotas, operation)
    uses = ("training job", "spot training job", "endpoint", "processing job", "transform job", "notebook instance")
    assert {f"ml.m5.xlarge for {use} usage" for use in uses} <= names.keys()
    assert len({quota["QuotaCode"] for quota in names.values()}) == len(names) > 1000


def test_types_with_accelerators_begin_at_zero_and_others_do_not(quotas):
    names = by_name(quotas)
    assert names["ml.g5.xlarge for training job usage"]["Value"] == 0
    assert names["ml.trn1.2xlarge for endpoint usage"]["Value"] == 0
    assert names["ml.m5.large for training job usage"]["Value"] > 0


def test_one_quota_is_found_by_its_code(quotas):
    code = code_of(quotas, "ml.m5.large for endpoint usage")
    quota = quotas.get_service_quota(**SAGEMAKER, QuotaCode=code)["Quota"]
    assert quota["QuotaName"] == "ml.m5.large for endpoint usage"
    assert quota["QuotaArn"] == f"arn:aws:servicequotas:eu-west-1:123456789012:sagemaker/{code}"


def test_an_increase_stays_open_and_is_listed_as_such(quotas):
    code = code_of(quotas, "ml.c5.9xlarge for training job usage")
    increase = quotas.request_service_quota_increase(**SAGEMAKER, QuotaCode=code, DesiredValue=9)["RequestedQuota"]
    assert (increase["Status"], increase["DesiredValue"]) == ("PENDING", 9)
    response = quotas.list_requested_service_quota_change_history_by_quota(**SAGEMAKER, QuotaCode=code)
    assert [change["Id"] for change in response["RequestedQuotas"]] == [increase["Id"]]
    pending = quotas.list_requested_service_quota_change_history(**SAGEMAKER, Status="PENDING")
    assert increase["Id"] in [change["Id"] for change in pending["RequestedQuotas"]]
    denied = quotas.list_requested_service_quota_change_history(**SAGEMAKER, Status="DENIED")
    assert denied["RequestedQuotas"] == []


def test_requests_of_one_region_are_not_those_of_another(plain_aws, quotas):
    code = code_of(quotas, "ml.c5.xlarge for training job usage")
    quotas.request_service_quota_increase(**SAGEMAKER, QuotaCode=code, DesiredValue=9)
    elsewhere = plain_aws.client("service-quotas", region_name="us-west-2")
    response = elsewhere.list_requested_service_quota_change_history_by_quota(**SAGEMAKER, QuotaCode=code)
    assert response["RequestedQuotas"] == []


def refused(call, **request):
    with pytest.raises(ClientError) as error:
        call(**SAGEMAKER, **request)
    return error.value.response["Error"]["Code"]


def test_a_second_open_request_for_a_quota_is_refused(quotas):
    code = code_of(quotas, "ml.c5.2xlarge for training job usage")
    quotas.request_service_quota_increase(**SAGEMAKER, QuotaCode=code, DesiredValue=9)
    increase = quotas.request_service_quota_increase
    assert refused(increase, QuotaCode=code, DesiredValue=10) == "ResourceAlreadyExistsException"


def test_a_request_for_no_more_than_the_quota_is_refused(quotas):
    code = code_of(quotas, "ml.c5.4xlarge for training job usage")
    increase = quotas.request_service_quota_increase
    assert refused(increase, QuotaCode=code, DesiredValue=1) == "IllegalArgumentException"


def test_unknown_codes_and_services_are_refused(quotas):
    assert refused(quotas.get_service_quota, QuotaCode="L-00000000") == "NoSuchResourceException"
    with pytest.raises(quotas.exceptions.NoSuchResourceException):
        quotas.list_service_quotas(ServiceCode="ec2")

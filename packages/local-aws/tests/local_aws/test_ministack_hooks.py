"""The private parts of ministack that we use are as we expect: a new version shows here.

Each test names the hook that has changed; the fix is in the folder `ministack/`, which alone touches them.
"""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.local_aws.launcher import PYTHON, ROOT
from tests.local_aws.ministack_hooks import HOOKS

PROGRAM = """
import importlib.metadata, inspect, json, os, sys
os.environ["AWS_SECRET_ACCESS_KEY"] = "hook"
import ministack.app as app
from ministack.core import iam_actions, iam_evaluator, lambda_runtime, responses, router, sigv4
from ministack.services import cloudwatch, cloudwatch_logs, ec2, ecr, eventbridge, iam, lambda_svc, s3, scheduler
from ministack.services import kms, stepfunctions, sts
from ministack.services.cloudformation import drift, handlers, provisioners, stacks

def names(function):
    return list(inspect.signature(function).parameters)

def parameters(function):
    return len(names(function))

def handler(part):
    return parameters(provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"][part])

def scoped():
    with responses.request_scope("111122223333", "eu-west-1"):
        return responses.get_account_id(), responses.get_region()

def bucket_record():
    import asyncio
    asyncio.run(s3.handle_request("PUT", "/hook", {"host": "localhost"}, b"", {}))
    return s3._buckets.get("hook")

def key_record():
    kms._create_key({})
    return next(iter(kms._keys.values()))

EVENT = {"Source": "a", "DetailType": "b", "Detail": "{}"}
EC2_STORES = (
    "addresses", "flow_logs", "internet_gateways", "nat_gateways", "network_interfaces", "route_tables",
    "security_groups", "subnets", "tags", "vpc_endpoints", "vpcs",
)
replacing = provisioners._REPLACING_PROPERTIES
custom_names = provisioners._CUSTOM_NAME_REPLACEMENT
for name, check in json.load(sys.stdin).items():
    try:
        holds = eval(check)
    except Exception as error:
        holds = repr(error)
    print(json.dumps([name, holds]))
"""


@pytest.fixture(scope="module")
def results():
    program = subprocess.run(
        [PYTHON, "-c", PROGRAM],
        input=json.dumps(HOOKS),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
        timeout=60,
    )
    return dict(json.loads(line) for line in program.stdout.splitlines())


@pytest.mark.parametrize("hook", HOOKS)
def test_the_hook_is_as_expected(results, hook):
    assert results[hook] is True, f"ministack has changed: {hook} ({HOOKS[hook]}); see the folder ministack/"

"""Every account has its own registry at the server's one address, and lets others in by its repositories' policies."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
import urllib3

from tests.local_aws.accounts import DEV, STAGING, Account, for_account, policy
from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import LocalAws, running_local_aws
from tests.local_aws.permissions import allow
from tests.local_aws.test_ecr import Registry

HOME = "123456789012"
"""The server's own account."""
PULL = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]


@pytest.fixture(scope="module", params=[True, False], ids=["with IAM", "without IAM"])
def aws(request: pytest.FixtureRequest) -> Iterator[LocalAws]:
    with running_local_aws(*PLAIN, *(["--iam"] if request.param else [])) as server:
        yield server


@pytest.fixture(scope="module")
def enforcing() -> Iterator[LocalAws]:
    with running_local_aws(*PLAIN, "--iam") as server:
        yield server


def repository(account: Account, name: str, *lets_in: Account) -> Registry:
    """A new repository of the account, as its administrator uses it."""
    ecr = account.client("ecr")
    uri = ecr.create_repository(repositoryName=name)["repository"]["repositoryUri"]
    if lets_in:
        statements = [for_account(other, {"Effect": "Allow", "Action": PULL}) for other in lets_in]
        ecr.set_repository_policy(repositoryName=name, policyText=policy(*statements))
    return Registry(account.aws, uri.partition("/")[2], {"aws_access_key_id": account.number})


def pulled(source: Registry, keys: dict[str, str]) -> urllib3.BaseHTTPResponse:
    return Registry(source.aws, source.name, keys).send("GET", f"/v2/{source.name}/manifests/1")


@pytest.fixture
def name() -> str:
    return f"team/{uuid.uuid4().hex[:8]}"


def test_accounts_have_different_images_in_repositories_of_one_name(aws: LocalAws, name: str) -> None:
    digests = []
    for number in (HOME, DEV, STAGING):
        account = Account(aws, number)
        registry = repository(account, name)
        assert registry.name == (name if number == HOME else f"{number}/{name}")
        pushed = registry.push("1", number.encode())
        assert pushed.headers["location"].startswith(f"/v2/{registry.name}/manifests/")
        (image,) = account.client("ecr").describe_images(repositoryName=name)["imageDetails"]
        assert image["imageDigest"] == pushed.headers["docker-content-digest"]
        layer = registry.push_layer(number.encode())
        assert registry.send("GET", f"/v2/{registry.name}/blobs/{layer}").data == number.encode()
        digests.append(image["imageDigest"])
    assert len(set(digests)) == 3


def test_the_servers_account_may_be_named_like_the_others(aws: LocalAws, name: str) -> None:
    registry = repository(Account(aws, HOME), name)
    digest = registry.push("1").headers["docker-content-digest"]
    same = Registry(aws, f"{HOME}/{name}", registry.keys)
    assert same.send("GET", f"/v2/{same.name}/manifests/1").headers["docker-content-digest"] == digest
    assert same.send("HEAD", f"/v2/{same.name}/blobs/{same.push_layer(b'the one layer')}").status == 200


def test_a_name_like_another_accounts_address_is_distinguished(aws: LocalAws, name: str) -> None:
    own = repository(Account(aws, HOME), f"{DEV}/{name}")
    assert own.name == f"{HOME}/{DEV}/{name}"
    others = repository(Account(aws, DEV), name)
    assert own.push("1", b"own").status == others.push("1", b"others").status == 201


def test_another_account_is_let_in_by_the_repositorys_policy(aws: LocalAws, name: str) -> None:
    dev, staging = Account(aws, DEV), Account(aws, STAGING)
    closed, opened = repository(dev, name), repository(dev, f"{name}-open", staging)
    for registry in (closed, opened):
        assert registry.push("1").status == 201
    keys = {"aws_access_key_id": STAGING}
    refused = pulled(closed, keys)
    assert (refused.status, refused.json()["errors"][0]["code"]) == (403, "DENIED")
    message = refused.json()["errors"][0]["message"]
    assert message.endswith("because no resource-based policy allows the ecr:BatchGetImage action")
    assert pulled(opened, keys).status == 200
    assert Registry(aws, opened.name, keys).send("PUT", f"/v2/{opened.name}/manifests/2", b"{}").status == 403


def test_another_account_does_not_learn_what_does_not_exist(aws: LocalAws, name: str) -> None:
    missing = Registry(aws, f"{DEV}/{name}")
    assert pulled(missing, {"aws_access_key_id": STAGING}).status == 403
    assert pulled(missing, {"aws_access_key_id": DEV}).status == 404
    assert Registry(aws, "", {"aws_access_key_id": DEV}).send("GET", "/v2/_catalog").status == 403


def test_another_accounts_layer_is_not_mounted(aws: LocalAws, name: str) -> None:
    source, target = repository(Account(aws, DEV), name), repository(Account(aws, STAGING), name)
    layer = source.push_layer(b"secret")
    mount = f"/v2/{target.name}/blobs/uploads/?mount={layer}&from={source.name}"
    assert target.send("POST", mount).status == 403


@pytest.mark.parametrize(("own", "status"), [(True, 200), (False, 403)])
def test_a_pull_between_accounts_takes_both_policies(enforcing: LocalAws, name: str, own: bool, status: int) -> None:
    dev, staging = Account(enforcing, DEV), Account(enforcing, STAGING)
    source = repository(dev, name, staging)
    source.push("1")
    actions = ["ecr:GetAuthorizationToken", *(PULL if own else [])]
    assert pulled(source, staging.acting(allow(actions))[1]).status == status

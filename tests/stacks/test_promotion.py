"""Three environments in three accounts: each may read from the one before exactly what is promoted, and no more."""

from __future__ import annotations

import json
from functools import cache

import aws_cdk as cdk
import pytest

from launchpad import paths
from launchpad.settings import load_environment
from stacks.platform import Platform, feature_flags
from tests.stacks.inspection import only, resources

ACCOUNTS = {"dev": "1" * 12, "staging": "2" * 12, "prod": "3" * 12}
NEXT = {"dev": "promotes_to: [staging]\n", "staging": "promotes_to: [prod]\n", "prod": ""}
STAGING_ROLE = f"arn:aws:iam::{ACCOUNTS['staging']}:role/launchpad-staging-promotion"
PROD_ROLE = f"arn:aws:iam::{ACCOUNTS['prod']}:role/launchpad-prod-promotion"
ROOT = f"arn:aws:iam::{ACCOUNTS['staging']}:root"
ONLY_STAGING = {"ArnEquals": {"aws:PrincipalArn": STAGING_ROLE}}
STAGING_CHECKS, PROD_CHECKS = (role.replace("-promotion", "-pin-checks") for role in (STAGING_ROLE, PROD_ROLE))
READS_FOR_STAGING = {"ArnEquals": {"aws:PrincipalArn": [STAGING_ROLE, STAGING_CHECKS]}}


@pytest.fixture(scope="module")
def chain(tmp_path_factory):
    """A function from a name to its templates, of three accounts or of `one`."""
    folder = tmp_path_factory.mktemp("configs")

    @cache
    def synthesize(name, one=False):
        configs = folder / ("one" if one else "three")
        configs.mkdir(exist_ok=True)
        for each, account in ACCOUNTS.items():
            keys = "workloads: [boston-housing-toolkit]\ngithub: {repository: example/platform, new_provider: true}\n"
            text = (
                f'name: {each}\nregion: eu-west-1\naccount: "{ACCOUNTS["dev"] if one else account}"\n{NEXT[each]}{keys}'
            )
            (configs / f"{each}.yaml").write_text(text, "utf-8")
        app = cdk.App(context=feature_flags())
        Platform(app, load_environment(name, configs), paths.WORKLOADS, paths.CONTAINERS)
        (assembly,) = app.synth().nested_assemblies
        return {stack.hierarchical_id.rpartition("/")[2]: stack.template for stack in assembly.nested_assembly.stacks}

    return synthesize


def statements(policy, principal=ROOT):
    """Those for `principal`, where the policy is of a resource."""
    return [each for each in policy["Statement"] if each.get("Principal") == {"AWS": principal}]


def bucket_policies(template):
    return [policy["Properties"]["PolicyDocument"] for policy in resources(template, "AWS::S3::BucketPolicy").values()]


def test_the_model_bucket_lets_the_next_promotion_role_read_models(chain):
    (statement,) = [each for policy in bucket_policies(chain("dev")["storage"]) for each in statements(policy)]
    assert statement["Action"] == ["s3:GetObject", "s3:GetObjectVersion"]
    folders = [resource["Fn::Join"][1][1] for resource in statement["Resource"]]
    assert sorted(folders) == ["/*/baselines/*", "/*/models/*"]
    assert statement["Condition"] == READS_FOR_STAGING


def test_the_key_decrypts_for_it_only_through_s3(chain):
    key = only(chain("dev")["storage"], "AWS::KMS::Key")["KeyPolicy"]
    (statement,) = statements(key)
    assert statement["Action"] == "kms:Decrypt"
    assert statement["Condition"] == {
        **READS_FOR_STAGING,
        "StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"},
    }


def test_repositories_let_it_pull(chain):
    repository = only(chain("dev")["registry"], "AWS::ECR::Repository")
    (statement,) = statements(repository["RepositoryPolicyText"])
    assert "Resource" not in statement
    assert statement["Condition"] == ONLY_STAGING
    assert {action.partition(":")[2][:3] for action in statement["Action"]} == {"Bat", "Get"}


def test_the_pipeline_shares_its_versions_with_all_that_follow(chain):
    dev, staging = (_variables(chain(name)) for name in ("dev", "staging"))
    assert json.loads(dev["PACKAGE_READERS"]) == [STAGING_ROLE, STAGING_CHECKS, PROD_ROLE, PROD_CHECKS]
    assert json.loads(staging["PACKAGE_READERS"]) == [PROD_ROLE, PROD_CHECKS]
    assert "PACKAGE_READERS" not in _variables(chain("prod"))


def test_the_promotion_role_is_where_something_is_promoted_to(chain):
    assert "promotion" not in chain("dev")
    role, checks = _roles(chain("prod"))
    assert [role["RoleName"], checks["RoleName"]] == ["launchpad-prod-promotion", "launchpad-prod-pin-checks"]
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {
        "AWS": f"arn:aws:iam::{ACCOUNTS['prod']}:root"
    }


def test_the_promotion_role_pulls_from_the_account_before_only(chain):
    text = json.dumps(_roles(chain("prod"))[0])
    assert f":{ACCOUNTS['staging']}:repository/launchpad/staging/" in text
    assert ACCOUNTS["dev"] not in text


def test_the_promotion_role_pushes_to_its_own_repositories_only(chain):
    (policy,) = _roles(chain("prod"))[0]["Policies"]
    pushing = [each for each in policy["PolicyDocument"]["Statement"] if "ecr:PutImage" in each["Action"]]
    (arn,) = {each["Resource"] for each in pushing}
    assert arn.endswith(f":{ACCOUNTS['prod']}:repository/launchpad/prod/sklearn-toolkit")


def test_the_role_that_checks_pins_reads_and_sees_every_registry_before(chain):
    (policy,) = _roles(chain("prod"))[1]["Policies"]
    granted = policy["PolicyDocument"]["Statement"]
    actions = {action for each in granted for action in _listed(each["Action"])}
    assert actions == {"kms:Decrypt", "s3:GetObject", "sagemaker:DescribeModelPackage"}
    (versions,) = [each["Resource"] for each in granted if "sagemaker:DescribeModelPackage" in _listed(each["Action"])]
    assert sorted(versions) == [
        f"arn:aws:sagemaker:eu-west-1:{ACCOUNTS[name]}:model-package/{name}-*" for name in ("dev", "staging")
    ]


def test_the_plan_role_may_check_pins_and_copy_none(chain):
    dev, prod = (chain(name)["github"] for name in ("dev", "prod"))
    plans = [each for name, each in resources(prod, "AWS::IAM::Policy").items() if name.startswith("PlanRole")]
    assert "role/launchpad-prod-pin-checks" in json.dumps(plans)
    assert "role/launchpad-prod-promotion" not in json.dumps(plans)
    assert "pin-checks" not in json.dumps(dev)


def test_workflows_may_copy_and_share_what_their_environment_does(chain):
    dev, staging, prod = (json.dumps(chain(name)["github"]) for name in ACCOUNTS)
    assert ["role/launchpad-" in text and "-promotion" in text for text in (dev, staging, prod)] == [False, True, True]
    assert ["PutModelPackageGroupPolicy" in text for text in (dev, staging, prod)] == [True, True, False]


def test_in_one_account_no_resource_has_a_policy_for_it(chain):
    template = json.dumps([chain("dev", one=True)[part] for part in ("storage", "registry", "pipeline", "access")])
    assert "promotion" not in template
    assert "PutModelPackageGroupPolicy" not in template
    assert "promotion" in chain("staging", one=True)


def _roles(templates):
    """Those that copy and check."""
    return [role["Properties"] for role in resources(templates["promotion"], "AWS::IAM::Role").values()]


def _listed(value):
    return value if isinstance(value, list) else [value]


def _variables(templates):
    (function,) = resources(templates["pipeline"], "AWS::Lambda::Function").values()
    return function["Properties"]["Environment"]["Variables"]

"""Keys that are right one by one and wrong together are reported at the key that is to be fixed."""

from __future__ import annotations

import re

import pytest

from launchpad.messages.errors import InvalidFileError
from launchpad.settings import load_settings

PIN = "endpoints:\n  - workload: demo\n    model_data: s3://bucket/model.tar.gz\n"
NOTEBOOK = "notebooks:\n  - name: team\n"
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:AmazonSageMaker-git-AbCdEf"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"
PACKAGE = "arn:aws:sagemaker:us-east-1:123456789012:model-package/dev-demo/3"
PROVIDER = "arn:aws:iam::123456789012:"
NEAR = PACKAGE.replace("us-east-1", "eu-west-1")

WRONG = {
    "working copies without direct deploys": (
        "working_copies: true\n",
        r":3: working_copies: code that no pull request reviewed needs `direct_deploy: true`",
    ),
    "an endpoint that a deploy could replace": (
        f"direct_deploy: true\n{PIN}",
        r":4: endpoints: a deploy could replace",
    ),
    "a pin without a model": (
        "endpoints:\n  - workload: demo\n",
        r"endpoints.0: write exactly one of model_data, model_package",
    ),
    "a package of another region": (
        f"endpoints:\n  - workload: demo\n    model_package: {PACKAGE}\n",
        r":5: endpoints.0.model_package: must be in eu-west-1, as the environment is",
    ),
    "a key without an artefact": (
        f"endpoints:\n  - workload: demo\n    model_data_key: {KEY}\n    model_package: {NEAR}\n",
        r":5: endpoints.0.model_data_key: has no effect without model_data",
    ),
    "one bound of two": (
        f"{PIN}    minimum_instances: 1\n",
        r"endpoints.0: write both of minimum_instances and maximum",
    ),
    "bounds in the wrong order": (
        f"{PIN}    minimum_instances: 3\n    maximum_instances: 2\n",
        r"endpoints.0: maximum_instances \(2\) must be at least minimum_instances \(3\)",
    ),
    "a target for what is not scaled": (
        f"{PIN}    invocations_per_instance: 50\n",
        r":6: endpoints.0.invocations_per_instance: has no effect without minimum_instances",
    ),
    "a number of instances beside bounds": (
        f"{PIN}    instance: {{type: ml.m5.large, count: 3}}\n    minimum_instances: 1\n    maximum_instances: 4\n",
        r":6: endpoints.0.instance.count: has no effect with minimum_instances",
    ),
    "an update that would take too long": (
        f"{PIN}    traffic: linear\n    bake_minutes: 43\n",
        r":7: endpoints.0.bake_minutes: an update would take 430 minutes, SageMaker allows 420",
    ),
    "an endpoint pinned twice": (
        f"{PIN}  - workload: demo\n    model_data: s3://models/model.tar.gz\n",
        r":3: endpoints: demo is listed twice",
    ),
    "a secret without a repository": (
        f"{NOTEBOOK}    repository_secret: {SECRET}\n",
        r":5: notebooks.0.repository_secret: has no effect without repository",
    ),
    "a repository out of reach": (
        f"{NOTEBOOK}    repository: https://git.example.com/a.git\n",
        r":5: notebooks.0.repository: .* the network has no way out: write `nat: true` below `network`",
    ),
    "notebooks that could not stop themselves": (
        f"{NOTEBOOK}network:\n  interface_endpoints: false\n",
        r":6: network.interface_endpoints: notebooks, .* need them where there is no way out; remove",
    ),
    "roles of workflows without an account": (
        "github:\n  repository: example/platform\n",
        r":3: github: the roles of workflows need `account:",
    ),
    "one number of a repository without the other": (
        'account: "123456789012"\ngithub: {repository: a/b, owner_id: 7}\n',
        r":4: github: write both of owner_id and repository_id, or neither",
    ),
    "an update that outlasts a job of GitHub's": (
        f'account: "123456789012"\ngithub: {{repository: a/b}}\n{PIN}    traffic: linear\n    bake_minutes: 25\n',
        r":9: endpoints.0.bake_minutes: an update would take 250 minutes, a job of GitHub's has time for 240",
    ),
    "people without a duty": ("people: {}\n", r":3: people: list at least one of data_scientist, approver, on_call,"),
    "people of a permission set that is not named": (
        "people:\n  auditor: {}\n",
        r":4: people.auditor: with IAM Identity Center .* nobody has this duty yet: write `permission_set` below it",
    ),
    "people of a client that is not named": (
        f"people:\n  identity_provider: {PROVIDER}oidc-provider/login.example.com\n  auditor: {{}}\n",
        r":5: people.auditor: with an OIDC provider nobody has this duty yet: write `client_id` below it",
    ),
    "a permission set with a SAML provider": (
        f"people:\n  identity_provider: {PROVIDER}saml-provider/okta\n  auditor:\n    permission_set: Auditor\n",
        r":6: people.auditor.permission_set: has no effect with a SAML provider; remove the line",
    ),
    "a session that AWS cuts short": (
        "people:\n  session_hours: 8\n  auditor: {permission_set: Auditor}\n",
        r":4: people.session_hours: .* lasts an hour \(role chaining\): remove the line",
    ),
    "scientists who approve": (
        "people:\n  data_scientist: {permission_set: Team}\n  approver: {permission_set: Team}\n",
        r":5: people.approver: who trains a model must not be who approves it",
    ),
    "a notebook listed twice": (f"{NOTEBOOK}  - name: team\n", r":3: notebooks: team is listed twice"),
}


@pytest.mark.parametrize(("text", "complaint"), WRONG.values(), ids=WRONG)
def test_what_does_not_go_together_is_reported_with_line_and_remedy(tmp_path, text, complaint):
    path = tmp_path / "test.yaml"
    path.write_text(f"name: test\nregion: eu-west-1\n{text}")
    with pytest.raises(InvalidFileError) as error:
        load_settings(path)
    assert re.search(f"test.yaml.*{complaint}", str(error.value)), str(error.value)


def test_anomaly_detection_is_refused_where_cloudformation_lacks_it(tmp_path):
    path = tmp_path / "test.yaml"
    path.write_text("name: test\nregion: mx-central-1\nanomaly_detection: {min_impact_usd: 20}\n")
    with pytest.raises(InvalidFileError, match=r"test.yaml:3: .* no AWS::CE::AnomalyMonitor in mx-central-1; remove"):
        load_settings(path)

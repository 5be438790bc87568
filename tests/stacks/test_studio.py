"""SageMaker Studio's promises: private, encrypted, shut down when idle, and nothing left behind."""

from __future__ import annotations

import json

import pytest

from tests.stacks.inspection import only, resources

STUDIO = {"users": ["ada", "grace"], "idle_minutes": 120}


@pytest.fixture(scope="module")
def platform(templates):
    return templates(name="dev", region="eu-west-1", studio=STUDIO, retain_data=False)


@pytest.fixture(scope="module")
def domain(platform):
    return only(platform["studio"], "AWS::SageMaker::Domain")


@pytest.fixture(scope="module")
def permissions(platform):
    """What the users' role may do, statement by statement."""
    return [
        statement
        for part in ("access", "studio")
        for policy in resources(platform[part], "AWS::IAM::Policy").values()
        if "StudioRole" in json.dumps(policy["Properties"]["Roles"])
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]


def actions(statement):
    return [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]


def test_without_a_studio_section_there_is_neither_a_domain_nor_a_role(dev):
    assert "studio" not in dev
    assert "StudioRole" not in json.dumps(dev["access"])


def test_the_domain_is_private_and_encrypted(domain):
    assert domain["AppNetworkAccessType"] == "VpcOnly"
    assert domain["AuthMode"] == "IAM"
    assert len(domain["SubnetIds"]) == 2
    assert "JobSecurityGroup" in json.dumps(domain["DefaultUserSettings"]["SecurityGroups"])
    assert "Key961B73FD" in json.dumps(domain["KmsKeyId"])


def test_there_is_no_file_system_that_would_be_left_behind(domain):
    assert domain["HomeEfsFileSystemCreation"] == "Disabled"
    assert domain["DefaultUserSettings"]["AutoMountHomeEFS"] == "Disabled"


@pytest.mark.parametrize("application", ["JupyterLabAppSettings", "CodeEditorAppSettings"])
def test_an_idle_application_is_shut_down_and_no_user_can_put_that_off(domain, application):
    idle = domain["DefaultUserSettings"][application]["AppLifecycleManagement"]["IdleSettings"]
    assert idle == {
        "LifecycleManagement": "ENABLED",
        "IdleTimeoutInMinutes": 120,
        "MinIdleTimeoutInMinutes": 60,
        "MaxIdleTimeoutInMinutes": 120,
    }


def test_shared_notebooks_carry_no_output_and_containers_are_off(domain):
    assert domain["DefaultUserSettings"]["SharingSettings"] == {"NotebookOutputOption": "Disabled"}
    assert domain["DomainSettings"]["DockerSettings"] == {"EnableDockerAccess": "DISABLED"}


def test_a_volume_has_the_size_that_the_config_allows(templates, domain):
    def most(settings):
        storage = settings["DefaultUserSettings"]["SpaceStorageSettings"]["DefaultEbsStorageSettings"]
        return storage["MaximumEbsVolumeSizeInGb"]

    other = templates(name="dev", region="eu-west-1", studio={**STUDIO, "volume_gb": 500})["studio"]
    assert (most(domain), most(only(other, "AWS::SageMaker::Domain"))) == (100, 500)


def test_each_user_has_a_profile(platform):
    profiles = resources(platform["studio"], "AWS::SageMaker::UserProfile").values()
    assert sorted(profile["Properties"]["UserProfileName"] for profile in profiles) == ["ada", "grace"]


def test_domain_and_profiles_have_the_environments_tags(templates):
    studio = templates(name="dev", region="eu-west-1", studio=STUDIO, tags={"team": "models"})["studio"]
    for kind in ("AWS::SageMaker::Domain", "AWS::SageMaker::UserProfile"):
        for resource in resources(studio, kind).values():
            assert resource["Properties"]["Tags"] == [
                {"Key": "launchpad:environment", "Value": "dev"},
                {"Key": "team", "Value": "models"},
            ]


def test_peoples_work_stays_where_the_environment_keeps_its_data(templates, platform):
    retaining = templates(name="dev", region="eu-west-1", studio=STUDIO)["studio"]
    for template, policy in ((retaining, "RetainExceptOnCreate"), (platform["studio"], "Delete")):
        for kind in ("AWS::SageMaker::Domain", "AWS::SageMaker::UserProfile"):
            assert {resource["DeletionPolicy"] for resource in resources(template, kind).values()} == {policy}


def test_a_users_name_is_in_every_session(platform, domain):
    assert domain["DomainSettings"]["ExecutionRoleIdentityConfig"] == "USER_PROFILE_NAME"
    roles = resources(platform["access"], "AWS::IAM::Role")
    (role,) = [role for name, role in roles.items() if name.startswith("StudioRole")]
    trusted = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert sorted(action for statement in trusted for action in actions(statement)) == [
        "sts:AssumeRole",
        "sts:SetSourceIdentity",
    ]
    assert all("aws:SourceAccount" in json.dumps(statement["Condition"]) for statement in trusted)


def test_users_look_after_their_own_spaces_only(permissions):
    (changing,) = [statement for statement in permissions if "sagemaker:CreateSpace" in actions(statement)]
    owner = json.dumps(changing["Condition"]["ArnLike"]["sagemaker:OwnerUserProfileArn"])
    assert "${sagemaker:DomainId}/${sagemaker:UserProfileName}" in owner
    assert changing["Condition"]["StringEquals"] == {"sagemaker:SpaceSharingType": "Private"}


def test_users_start_jobs_through_the_launch_function_and_hand_on_no_role(permissions):
    allowed = {action for statement in permissions if statement["Effect"] == "Allow" for action in actions(statement)}
    assert "lambda:InvokeFunction" in allowed
    assert not {"iam:PassRole", "sagemaker:CreateTrainingJob", "sagemaker:CreateEndpoint"} & allowed


def test_no_action_is_a_wildcard_and_only_looking_is_for_every_resource(permissions):
    for statement in permissions:
        assert not [action for action in actions(statement) if "*" in action]
        if statement["Resource"] == "*":
            assert all(action.split(":")[1].startswith(("Describe", "List")) for action in actions(statement))


def test_studio_is_reached_privately(platform):
    assert "aws.sagemaker.eu-west-1.studio" in json.dumps(platform["network"])

"""What each command needs of AWS, and whose it is.

Every command of `launchpad` is in exactly one of COMMANDS and NO_AWS, and a test holds it. What a command does only
with a feature (Spark, MLflow, monitoring) is listed too, and granted only where the environment has that feature.
All commands but those in NO_AWS also ask who their caller is (sts:GetCallerIdentity), which needs no permission.
"""

from __future__ import annotations

from dataclasses import dataclass

from launchpad.duties.duty import Duty
from launchpad.duties.needs import Need, Resource

ADMINISTRATOR = "administrator"
Holder = Duty | str
"""A duty, or `ADMINISTRATOR`."""
SCIENTIST, APPROVER, ON_CALL, AUDITOR = Duty
EVERYONE = (SCIENTIST, APPROVER, ON_CALL)


@dataclass(frozen=True)
class Command:
    """One command of `launchpad`, or one of the AWS CLI where `launchpad` has none."""

    name: str
    duties: tuple[Duty, ...]
    """Who may run it; empty for an administrator's."""
    needs: tuple[Need, ...] = ()
    note: str = ""
    """What the table says of an administrator's command, in place of permissions."""
    changes: bool = False
    """Whether it changes something in AWS."""

    @property
    def holders(self) -> tuple[Holder, ...]:
        """Who may run it."""
        return self.duties or (ADMINISTRATOR,)


def _on(resource: Resource, *actions: str) -> Need:
    return Need(resource, actions)


FIND = _on(Resource.STACKS, "cloudformation:DescribeStacks")
DECRYPT = _on(Resource.KEY, "kms:Decrypt")
ENCRYPT = _on(Resource.KEY, "kms:Decrypt", "kms:GenerateDataKey")
JOBS = (
    _on(
        Resource.JOBS,
        "sagemaker:DescribeHyperParameterTuningJob",
        "sagemaker:DescribeProcessingJob",
        "sagemaker:DescribeTrainingJob",
        "sagemaker:DescribeTransformJob",
        "sagemaker:ListTags",
        "sagemaker:ListTrainingJobsForHyperParameterTuningJob",
    ),
    _on(
        Resource.ALL_OF_SAGEMAKER,
        "sagemaker:ListHyperParameterTuningJobs",
        "sagemaker:ListProcessingJobs",
        "sagemaker:ListTrainingJobs",
        "sagemaker:ListTransformJobs",
    ),
)
SPARK = (
    _on(Resource.CLUSTER, "elasticmapreduce:DescribeStep", "elasticmapreduce:ListSteps"),
    _on(Resource.APPLICATION, "emr-serverless:ListJobRuns"),
    _on(Resource.APPLICATION_RUNS, "emr-serverless:GetJobRun"),
)
SPARK_LOGS = (
    _on(Resource.CLUSTER, "elasticmapreduce:DescribeCluster"),
    _on(Resource.APPLICATION, "emr-serverless:GetApplication"),
    _on(Resource.SPARK_LOGS, "s3:GetObject", "s3:ListBucket"),
    DECRYPT,
)
PIPELINE = (
    _on(Resource.PIPELINE, "states:ListExecutions"),
    _on(Resource.RUNS, "states:DescribeExecution", "states:GetExecutionHistory"),
)
ENDPOINT = (_on(Resource.ENDPOINTS, "sagemaker:DescribeEndpoint", "sagemaker:ListTags"),)
SERVED = (
    *ENDPOINT,
    _on(Resource.ENDPOINT_CONFIGS, "sagemaker:DescribeEndpointConfig"),
    _on(Resource.MODELS, "sagemaker:DescribeModel"),
    _on(Resource.PACKAGES, "sagemaker:DescribeModelPackage"),
)
WORK = (FIND, *JOBS, *SPARK, *PIPELINE, *ENDPOINT)
"""What finding a job, a Spark step, a pipeline's run or an endpoint by its name needs."""
JOB_LOGS = (
    _on(Resource.JOB_LOG_GROUPS, "logs:DescribeLogStreams"),
    _on(Resource.JOB_LOGS, "logs:GetLogEvents"),
    *SPARK_LOGS,
)
ENDPOINT_LOGS = (_on(Resource.ENDPOINT_LOGS, "logs:DescribeLogStreams", "logs:GetLogEvents"),)
LOGS = (*JOB_LOGS, *ENDPOINT_LOGS)
JUDGEMENTS = (
    _on(Resource.MODEL_BUCKET, "s3:ListBucket"),
    _on(Resource.JUDGEMENTS, "s3:GetObject"),
    DECRYPT,
)
MONITORED = (
    _on(Resource.MODEL_BUCKET, "s3:ListBucket"),
    _on(Resource.MONITORING, "s3:GetObject"),
    DECRYPT,
)
ARTIFACTS = (_on(Resource.MODEL_BUCKET, "s3:ListBucket"), _on(Resource.ARTIFACTS, "s3:GetObject"), DECRYPT)
HISTORY = (_on(Resource.MODEL_BUCKET, "s3:ListBucket"), _on(Resource.HISTORY, "s3:GetObject"), DECRYPT)
WATCHED = (*JOBS, *SPARK, *JOB_LOGS)
PREPARED = (
    _on(Resource.DATA_BUCKET, "s3:ListBucket"),
    _on(Resource.DATA, "s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"),
    ENCRYPT,
)
LAUNCHED = (FIND, *WATCHED, *PREPARED, *JUDGEMENTS, _on(Resource.LAUNCH_FUNCTION, "lambda:InvokeFunction"))
DEPLOYED = (FIND, *SERVED, *JOBS, *ENDPOINT_LOGS, *HISTORY, _on(Resource.DEPLOY_FUNCTION, "lambda:InvokeFunction"))
ALARMS = (_on(Resource.ALL_METRICS, "cloudwatch:DescribeAlarms"),)
MONITOR = _on(Resource.MONITOR_FUNCTION, "lambda:InvokeFunction")
IDLE = _on(Resource.IDLE_FUNCTIONS, "lambda:InvokeFunction")

COMMANDS = (
    Command("data", (SCIENTIST,), (FIND, *PREPARED), changes=True),
    Command("run", (SCIENTIST,), LAUNCHED, changes=True),
    Command("job", (SCIENTIST,), (*LAUNCHED, *ENDPOINT), changes=True),
    Command(
        "pipeline run",
        (SCIENTIST,),
        (
            *(*LAUNCHED, *PIPELINE, *SERVED),
            _on(Resource.PIPELINE, "states:StartExecution"),
        ),
        changes=True,
    ),
    Command(
        "pipeline stop",
        (SCIENTIST, ON_CALL),
        (
            *(*WORK, _on(Resource.RUNS, "states:StopExecution")),
            _on(Resource.JOBS, "sagemaker:StopHyperParameterTuningJob", "sagemaker:StopProcessingJob"),
            _on(Resource.JOBS, "sagemaker:StopTrainingJob", "sagemaker:StopTransformJob"),
        ),
        changes=True,
    ),
    Command("logs", (SCIENTIST, ON_CALL), (*WORK, *LOGS)),
    Command(
        "report",
        EVERYONE,
        (
            *(*WORK, *SERVED, *LOGS, *JUDGEMENTS, *MONITORED, *ALARMS),
            _on(Resource.ALL_METRICS, "cloudwatch:GetMetricData"),
        ),
    ),
    Command("runs", EVERYONE, (FIND, *JOBS, *PIPELINE, *JUDGEMENTS)),
    Command("compare", (SCIENTIST, APPROVER), (FIND, *JOBS, *PIPELINE, *JOB_LOGS, *JUDGEMENTS)),
    Command("get", (SCIENTIST,), (*WORK, *ARTIFACTS)),
    Command("draw", (SCIENTIST,), (*WORK, *ARTIFACTS)),
    Command(
        "promote",
        (SCIENTIST,),
        (*(FIND, *SERVED, *JOBS, *ARTIFACTS), _on(Resource.ALL_OF_SAGEMAKER, "sagemaker:ListModelPackages")),
    ),
    Command("serve", (SCIENTIST,), (*DEPLOYED, *ARTIFACTS, *PREPARED), changes=True),
    Command(
        "predict",
        (SCIENTIST,),
        (
            *(FIND, *SERVED, *JOBS, *ARTIFACTS, ENCRYPT),
            _on(Resource.ENDPOINTS, "sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointAsync"),
            _on(Resource.QUESTIONS, "s3:PutObject"),
        ),
    ),
    Command(
        "rollback",
        (SCIENTIST, ON_CALL),
        (*DEPLOYED, _on(Resource.ALL_OF_SAGEMAKER, "sagemaker:ListModelPackages")),
        changes=True,
    ),
    Command(
        "history",
        (*EVERYONE, AUDITOR),
        (FIND, _on(Resource.ENDPOINTS, "sagemaker:DescribeEndpoint"), *HISTORY),
    ),
    Command(
        "stop",
        (SCIENTIST, ON_CALL),
        (
            *(*WORK, *ALARMS),
            _on(Resource.JOBS, "sagemaker:StopHyperParameterTuningJob", "sagemaker:StopProcessingJob"),
            _on(Resource.JOBS, "sagemaker:StopTrainingJob", "sagemaker:StopTransformJob"),
            _on(Resource.CLUSTER, "elasticmapreduce:CancelSteps"),
            _on(Resource.APPLICATION_RUNS, "emr-serverless:CancelJobRun"),
            _on(Resource.RUNS, "states:StopExecution"),
            _on(Resource.ENDPOINTS, "sagemaker:DeleteEndpoint"),
            _on(Resource.SCALING, "application-autoscaling:DescribeScalableTargets"),
            _on(Resource.SCALABLE_TARGETS, "application-autoscaling:DeregisterScalableTarget"),
            _on(Resource.ALARMS, "cloudwatch:DeleteAlarms"),
        ),
        changes=True,
    ),
    Command(
        "mlflow",
        (SCIENTIST,),
        (
            FIND,
            _on(
                Resource.TRACKING,
                "sagemaker:CreatePresignedMlflowAppUrl",
                "sagemaker:CreatePresignedMlflowTrackingServerUrl",
            ),
        ),
    ),
    Command("monitor run", (SCIENTIST,), (FIND, *SERVED, *WATCHED, *MONITORED, MONITOR), changes=True),
    Command("monitor status", (SCIENTIST, ON_CALL), (FIND, *ENDPOINT, *MONITORED, *ALARMS)),
    Command("monitor report", EVERYONE, (FIND, *MONITORED)),
    Command(
        "monitor labels",
        (SCIENTIST,),
        (FIND, *MONITORED, _on(Resource.LABELS, "s3:PutObject"), ENCRYPT),
        changes=True,
    ),
    Command("monitor baseline", (SCIENTIST,), (*LAUNCHED, *SERVED), changes=True),
    Command(
        "approve",
        (APPROVER,),
        (
            _on(Resource.ALL_OF_SAGEMAKER, "sagemaker:ListModelPackages"),
            _on(Resource.PACKAGES, "sagemaker:DescribeModelPackage", "sagemaker:UpdateModelPackage"),
        ),
        changes=True,
    ),
    Command(
        "status",
        EVERYONE,
        (
            *(*WORK, *SERVED, _on(Resource.MODEL_BUCKET, "s3:ListBucket")),
            _on(Resource.EVERY_STACK, "cloudformation:DescribeStacks"),
            _on(Resource.ALL_OF_SAGEMAKER, "sagemaker:ListEndpoints"),
        ),
    ),
    Command("idle", (ON_CALL,), (FIND, IDLE), changes=True),
    Command("retention", (ON_CALL,), (FIND, IDLE), changes=True),
    Command(
        "aws iam get-role, list-role-policies, get-role-policy",
        (AUDITOR,),
        (_on(Resource.ROLES, "iam:GetRole", "iam:GetRolePolicy", "iam:ListRolePolicies"),),
    ),
    Command(
        "aws logs describe-log-streams, get-log-events",
        (AUDITOR,),
        (_on(Resource.JOB_EVENTS, "logs:DescribeLogStreams", "logs:GetLogEvents"),),
    ),
    Command(
        "aws cloudformation describe-stacks, get-template",
        (AUDITOR,),
        (_on(Resource.STACKS, "cloudformation:DescribeStacks", "cloudformation:GetTemplate"),),
    ),
    Command("cost --running", (), note="reads everything that costs money by the hour in the account"),
    Command("preflight", (), note="reads Service Quotas, and with `--request` asks for higher ones"),
    Command("doctor", (), note="looks at what a deploy needs, with the roles of CDK's bootstrap"),
    Command(
        "validate --pins",
        (),
        note="reads what pins name, as the role `launchpad-ENV-pin-checks`, or with the caller's permissions;"
        " `diff --pins` too",
    ),
    Command("drift", (), note="reads what CloudFormation compares, with the caller's permissions"),
    Command(
        "restore", (), note="reads and writes objects of the data and model buckets, old versions too", changes=True
    ),
    Command("bootstrap", (), note="creates the roles and the bucket of CDK", changes=True),
    Command("deploy", (), note="assumes the roles of CDK's bootstrap, and pushes images", changes=True),
    Command("destroy", (), note="deletes stacks, data and whatever else is the environment's", changes=True),
)
"""The commands that call AWS, with all that they need."""
BY_NAME = {command.name: command for command in COMMANDS}
NO_AWS = (
    *("new", "lock", "shell", "debug", "synth", "environments", "demo", "local", "validate", "diff", "schema", "cost"),
    *("chaos interrupt", "images lock", "prices update", "new-project", "upgrade"),
)
"""Commands that call no account: they work on files, with the local AWS, or with AWS's public price lists."""

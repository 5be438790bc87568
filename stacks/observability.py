"""The dashboard, the alarms, the notifications about failures, the budget, and anomalies of spend.

Endpoints have their alarms in their stacks, and notify this stack's topic.
"""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from launchpad.catalogue import Catalogue
from launchpad.settings import AnomalySettings, EnvironmentSettings
from stacks.access import AccessStack
from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.constructs.alert_access import let_endpoints_notify
from stacks.constructs.alert_topic import AlertTopic
from stacks.constructs.dashboard import Dashboard
from stacks.constructs.function_alarms import function_alarms
from stacks.constructs.function_code import FunctionCode
from stacks.constructs.housekeeping import Housekeeping
from stacks.constructs.job_events import JobEvents
from stacks.constructs.job_function import JobFunction
from stacks.constructs.spending_budget import spending_budget
from stacks.constructs.threshold_alarm import threshold_alarm
from stacks.jobs import JobsStack
from stacks.pipeline import PipelineStack


class ObservabilityStack(PlatformStack):
    """The monitoring of one environment; all notifications go to the topic `alerts`."""

    def __init__(
        self,
        scope: Construct,
        settings: EnvironmentSettings,
        *,
        storage: Storage,
        access: AccessStack,
        jobs: JobsStack,
        pipeline: PipelineStack,
        spark: Mapping[str, str],
        tracking_uri: str | None,
        catalogue: Catalogue,
        code: FunctionCode,
    ) -> None:
        super().__init__(scope, settings, "observability", "Dashboard, alarms and budget")
        self.alerts = AlertTopic(self, "Alerts", key=storage.key, email=settings.alarms.email)
        topic_arn = self.alerts.topic_arn
        state_machine_arn = pipeline.state_machine.attr_arn
        functions = [*jobs.functions, *pipeline.functions]
        if tracking_uri:
            functions.append(self._tracking(tracking_uri, code, storage, jobs))
        self.idle = self.monitoring = None
        if settings.removes_endpoints:
            self.idle = self._idle_endpoints(code, storage, jobs)
            functions.append(self.idle)
        if catalogue.monitored:
            self.monitoring = self._monitoring(code, storage, access, jobs, pipeline, catalogue, tracking_uri)
            functions.append(self.monitoring)
        housekeeping = Housekeeping(
            self,
            "HousekeepingFunction",
            code=code,
            storage=storage,
            alerts=self.alerts,
            spark=spark,
            pipeline_arn=state_machine_arn,
            variables=jobs.function_environment,
        )
        functions.append(housekeeping.function)
        self.housekeeping = housekeeping.function
        self.housekeeping_role = housekeeping.function.role
        alarms = [alarm for function in functions for alarm in function_alarms(self, function, topic_arn)]
        alarms += self._pipeline_alarms(pipeline, topic_arn)
        self.job_events = JobEvents(self, "JobEvents", key_arn=storage.key_arn, alerts=self.alerts).log_group
        if settings.direct_deploy:
            let_endpoints_notify(self, self.alerts, deploy_role=access.deploy_role, serving_role=access.serving_role)
        dashboard = Dashboard(
            self, "Overview", alarms=alarms, state_machine_arn=state_machine_arn, monitored=bool(catalogue.monitored)
        ).dashboard
        if settings.budget:
            budget = spending_budget(
                self, "Budget", settings=settings.budget, environment=settings.name, topic_arn=topic_arn
            )
            # AWS Budgets checks at creation whether it may publish.
            budget.node.add_dependency(self.alerts.policy)
        if settings.anomaly_detection:
            self._anomaly_detection(settings.anomaly_detection)
        self.hand_over(topic_arn, self.housekeeping_role.role_name, *self._used_by_people())
        self.output("AlertTopicArn", topic_arn, "Alarms, failures and the budget are told here")
        name = housekeeping.function.function_name
        self.output("HousekeepingFunctionName", name, "Reports what is idle, and what it costs")
        self.output("DashboardName", dashboard.ref, "CloudWatch dashboard of the environment")

    def _used_by_people(self) -> list[str]:
        """The ARNs that the stack with the roles of people imports."""
        functions = [self.housekeeping, self.idle, self.monitoring]
        return [self.job_events.attr_arn, *(function.arn for function in functions if function)]

    def _anomaly_detection(self, section: AnomalySettings) -> None:
        """Detect unusual spend: imported here, because most environments have no such section."""
        from stacks.constructs.anomaly_detection import anomaly_detection

        subscription = anomaly_detection(
            self, settings=section, environment=self.settings.name, topic_arn=self.alerts.topic_arn
        )
        subscription.node.add_dependency(self.alerts.policy)

    def _tracking(self, uri: str, code: FunctionCode, storage: Storage, jobs: JobsStack) -> JobFunction:
        """Log jobs into MLflow: here, because its alarms are, and no stack has to import the function."""
        from stacks.constructs.run_tracking import RunTracking

        variables = jobs.function_environment
        tracking = RunTracking(self, "Runs", tracking_uri=uri, code=code, storage=storage, variables=variables)
        return tracking.function

    def _idle_endpoints(self, code: FunctionCode, storage: Storage, jobs: JobsStack) -> JobFunction:
        """Remove endpoints that are not used: here, because it publishes to the topic."""
        from stacks.constructs.idle_endpoints import IdleEndpoints

        variables = jobs.function_environment
        idle = IdleEndpoints(
            self,
            "IdleEndpoints",
            code=code,
            storage=storage,
            alerts=self.alerts,
            deploy=jobs.deploy,
            variables=variables,
        )
        self.output("IdleFunctionName", idle.function.function_name, "Removes endpoints that are not used")
        return idle.function

    def _monitoring(
        self,
        code: FunctionCode,
        storage: Storage,
        access: AccessStack,
        jobs: JobsStack,
        pipeline: PipelineStack,
        catalogue: Catalogue,
        tracking_uri: str | None,
    ) -> JobFunction:
        """Monitor models: here, because it publishes to the topic, and starts the pipeline."""
        from stacks.constructs.model_monitoring import ModelMonitoring

        monitoring = ModelMonitoring(
            self,
            "Monitoring",
            code=code,
            storage=storage,
            processing_role=access.processing_role,
            alerts=self.alerts,
            pipeline=pipeline.state_machine,
            catalogue=catalogue,
            tracking_uri=tracking_uri,
            variables=jobs.function_environment,
        )
        self.output("MonitorFunctionName", monitoring.function.function_name, "Monitors what models are asked")
        return monitoring.function

    def _pipeline_alarms(self, pipeline: PipelineStack, topic_arn: str) -> list[cloudwatch.CfnAlarm]:
        runs = "A run of the pipeline failed; its execution in Step Functions shows at which step and why."
        alarms = [self._failed_executions("PipelineFailed", runs, "pipeline-failed", pipeline.state_machine, topic_arn)]
        if pipeline.gates:
            gates = "New data started no pipeline; the execution in Step Functions that collected it shows why."
            alarms.append(self._failed_executions("NewDataFailed", gates, "new-data-failed", pipeline.gates, topic_arn))
        return alarms

    def _failed_executions(
        self, name: str, description: str, runbook: str, machine: stepfunctions.CfnStateMachine, topic_arn: str
    ) -> cloudwatch.CfnAlarm:
        return threshold_alarm(
            self,
            name,
            description=description,
            runbook=runbook,
            namespace="AWS/States",
            metric="ExecutionsFailed",
            dimensions={"StateMachineArn": machine.attr_arn},
            statistic="Sum",
            topic_arn=topic_arn,
        )

"""What Describe and Search say of a trial component: what was logged, and what its job knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.api.numbers import decimal_or_none
from local_aws.api.store import Record, Store
from local_aws.sagemaker.experiments.component_metrics import summaries
from local_aws.sagemaker.experiments.experiment_kinds import TRIAL, TRIAL_COMPONENT
from local_aws.sagemaker.experiments.trials import trial_names

Members = dict[str, Any]


def described(store: Store, component: Record) -> Members:
    """The members of a component; what was logged precedes what its job says."""
    own = component.details
    job = store.by_arn(component.scope, own["Source"]["SourceArn"]) if "Source" in own else None
    ran = _of_a_job(job) if job else {}
    maps = {
        name: {**ran.get(name, {}), **own.get(name, {})} for name in ("Parameters", "InputArtifacts", "OutputArtifacts")
    }
    metrics = [*summaries(store, component), *(_final_metrics(job) if job else [])]
    source = {"TrialComponentSource": own["Source"]} if "Source" in own else {}
    return {**ran, **own, **maps, "Metrics": metrics, **source}


def searched(store: Store, record: Record) -> Members:
    """What Search knows of a resource beyond its Describe, where it is a trial or a component."""
    if record.kind is TRIAL_COMPONENT:
        job = store.by_arn(record.scope, record.details["Source"]["SourceArn"]) if "Source" in record.details else None
        detail = {"SourceArn": job.arn, job.kind.member: job.details} if job else None
        return {**described(store, record), **({"SourceDetail": detail} if detail else {})}
    if record.kind is TRIAL:
        components = store.all(TRIAL_COMPONENT, record.scope)
        parts = [described(store, component) for component in components if record.name in trial_names(component)]
        return {**record.details, "TrialComponentSummaries": parts}
    return record.details


def _of_a_job(job: Record) -> Members:
    details, verb = job.details, job.kind.member.removesuffix("Job")
    status: Members = {"PrimaryStatus": details[f"{job.kind.member}Status"]}
    if reason := details.get("FailureReason"):
        status["Message"] = reason[:1024]
    times = {name: details.get(f"{verb}{name}") for name in ("StartTime", "EndTime")}
    return {
        "Status": status,
        **{name: moment for name, moment in times.items() if moment is not None},
        "Parameters": {**_instances(details), **_numbered(details.get("HyperParameters", {}))},
        "InputArtifacts": _inputs(details),
        "OutputArtifacts": _outputs(details),
    }


def _instances(details: Mapping[str, Any]) -> Members:
    cluster = details.get("ResourceConfig") or details.get("ProcessingResources", {}).get("ClusterConfig")
    cluster = cluster or details.get("TransformResources", {})
    names = ("InstanceType", "InstanceCount", "VolumeSizeInGB")
    return {f"SageMaker.{name}": _parameter(cluster[name]) for name in names if name in cluster}


def _numbered(hyperparameters: Mapping[str, str]) -> Members:
    return {name: _parameter(text) for name, text in hyperparameters.items()}


def _parameter(value: Any) -> Members:
    number = decimal_or_none(str(value))
    return {"StringValue": str(value)[:2500]} if number is None else {"NumberValue": number}


def _inputs(details: Mapping[str, Any]) -> Members:
    image = details.get("AlgorithmSpecification", {}).get("TrainingImage")
    image = image or details.get("AppSpecification", {}).get("ImageUri")
    artifacts = {"SageMaker.ImageUri": {"Value": image}} if image else {}
    for channel in details.get("InputDataConfig", ()):
        if uri := channel.get("DataSource", {}).get("S3DataSource", {}).get("S3Uri"):
            kind = {"MediaType": channel["ContentType"]} if channel.get("ContentType") else {}
            artifacts[channel["ChannelName"]] = {"Value": uri, **kind}
    for source in details.get("ProcessingInputs", ()):
        if uri := source.get("S3Input", {}).get("S3Uri"):
            artifacts[source["InputName"]] = {"Value": uri}
    return artifacts


def _outputs(details: Mapping[str, Any]) -> Members:
    model = details.get("ModelArtifacts", {}).get("S3ModelArtifacts")
    artifacts = {"SageMaker.ModelArtifact": {"Value": model}} if model else {}
    for output in details.get("ProcessingOutputConfig", {}).get("Outputs", ()):
        if uri := output.get("S3Output", {}).get("S3Uri"):
            artifacts[output["OutputName"]] = {"Value": uri}
    return artifacts


def _final_metrics(job: Record) -> list[Members]:
    """The last values of a training job's metrics: the others are CloudWatch's."""
    return [
        {
            "MetricName": metric["MetricName"],
            "SourceArn": job.arn,
            "TimeStamp": metric["Timestamp"],
            "Last": metric["Value"],
        }
        for metric in job.details.get("FinalMetricDataList", ())
    ]

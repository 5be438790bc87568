"""What is wrong with `monitoring` in its workload: what it would monitor, and with what it would compare.

AWS's limits are those of "Data capture" and "Serverless endpoints: feature exclusions" in SageMaker's developer guide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from launchpad.config_files.yaml_reader import Location
from launchpad.requests.monitoring import SPLITS

if TYPE_CHECKING:
    from launchpad.workload.channels import Channel
    from launchpad.workload.monitoring.section import Monitoring
    from launchpad.workload.schema import Workload

Mistakes = Iterator[tuple[Location, str]]
SECTION = "monitoring"


def mistakes_in_workload(workload: Workload) -> Mistakes:
    """The key below the workload that must be corrected and what to write there, for every mistake."""
    if workload.monitoring is None:
        return
    for check in CHECKS:
        for key, message in check(workload, workload.monitoring):
            yield (SECTION, *key), message


def _has_requests(workload: Workload, monitoring: Monitoring) -> Mistakes:
    if workload.serving is None:
        yield (), "needs a `serving` section, or also a `transform` section: their requests are what is monitored"
        return
    mode = workload.serving.mode
    says_capture = "capture" in monitoring.model_fields_set
    if mode == "serverless" and (says_capture or workload.transform is None):
        message = "AWS captures no requests of serverless endpoints; remove this section, or write another mode"
        yield ("capture",) if says_capture else (), message
    if mode == "async" and says_capture:
        message = "an asynchronous endpoint's requests and answers are in S3 anyway, all of them; remove this section"
        yield ("capture",), message


def _knows_the_model(workload: Workload, _: Monitoring) -> Mistakes:
    """Two kinds of endpoint whose requests don't belong to this model's training data."""
    if workload.serving and workload.serving.shared_endpoint:
        message = "what a shared endpoint captures doesn't say which of its models was asked"
        yield (), f"{message}; remove this section, or serving.shared_endpoint"
    if workload.serving and workload.serving.preprocessors:
        message = "requests are captured before serving.preprocessors work on them, and this model's training data is"
        yield (), f"{message} from after that; remove this section, or those"


def _has_a_baseline(workload: Workload, monitoring: Monitoring) -> Mistakes:
    if workload.training is None:
        yield (), "needs a `training` section: requests are compared with its data"
        if monitoring.on_alarm == "retrain":
            yield ("on_alarm",), "there is no `training` section to run again; write notify"
        return
    channels = workload.training.channels
    channel_names = ", ".join(channels) or "none"
    name = monitoring.channel
    if name is not None and name not in channels:
        yield ("channel",), f"there is no channel {name!r} in training.channels ({channel_names}); write one of them"
    elif name is None and len(channels) != 1 and not {*SPLITS} & {*channels}:
        yield ("channel",), f"is required: which of training.channels ({channel_names}) is the training split"
    else:
        name = name or (min(channels) if len(channels) == 1 else next(each for each in SPLITS if each in channels))
        yield from _readable(name, channels[name])


def _readable(name: str, channel: Channel) -> Mistakes:
    """The baseline is made from CSV files."""
    form = (
        "an augmented manifest" if channel.attributes else channel.record_wrapper or channel.content_type or "text/csv"
    )
    if "csv" not in form:
        yield ("channel",), f"channel {name!r} has {form}, and a baseline is made from CSV files; name another channel"


CHECKS: tuple[Callable[[Workload, Monitoring], Mistakes], ...] = (_has_requests, _knows_the_model, _has_a_baseline)

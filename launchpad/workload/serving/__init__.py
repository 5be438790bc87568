"""The `serving` section of a workload: how its model is served, scaled and released.

A key is checked where it is defined; what is wrong with keys together is in `rules.py`.
"""

from launchpad.workload.serving.instance import ServingInstance
from launchpad.workload.serving.modes import Asynchronous, Serverless
from launchpad.workload.serving.release import Release
from launchpad.workload.serving.scaling import OpeningHours, Scaling, ScheduledScaling
from launchpad.workload.serving.section import Serving

__all__ = [
    "Asynchronous",
    "OpeningHours",
    "Release",
    "Scaling",
    "ScheduledScaling",
    "Serverless",
    "Serving",
    "ServingInstance",
]

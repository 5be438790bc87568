"""The platform from Python, for notebooks: train, compare, serve, predict, monitor, with tables and pictures.

    from launchpad import api

    local = api.environment("local")
    job = local.run("boston-housing", hyperparameters={"test-size": 0.2}).wait()
    job.metrics
    local.serve("boston-housing", job)
    local.predict("boston-housing", [[0.04, 80.0, 1.52, 0, 0.404, 7.287, 34.1, 7.309, 2, 329, 12.6, 4.08]])
    local.baseline("direct-marketing")
    [report] = local.monitor("direct-marketing", hours=24)
    report.status, report.worst
    local.labels("direct-marketing", {"order-1": "yes", "order-2": "no"})

Nothing is printed: pass `progress=print` to follow what goes on. Every mistake is a `LaunchpadError`.
"""

from launchpad.api.environments import Environment, environment
from launchpad.api.jobs import Job
from launchpad.api.pictures import Picture
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.monitoring.reports import Report

__all__ = ["Environment", "Job", "LaunchpadError", "Picture", "Report", "environment"]

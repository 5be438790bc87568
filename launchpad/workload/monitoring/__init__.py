"""The `monitoring` section of a workload: what is captured of an endpoint, and how it is compared with training data.

A key is checked where it is defined; what is wrong with keys together, or with other sections, is in `rules.py`.
"""

from launchpad.workload.monitoring.capture import Capture
from launchpad.workload.monitoring.drift import TESTS, Drift
from launchpad.workload.monitoring.quality import METRICS, Quality
from launchpad.workload.monitoring.section import Monitoring, MonitoringInstance

__all__ = ["METRICS", "TESTS", "Capture", "Drift", "Monitoring", "MonitoringInstance", "Quality"]

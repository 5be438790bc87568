"""A monitored workload, its environment and a run of its monitoring."""

from __future__ import annotations

import dataclasses

import pytest

from launchpad.requests import Run
from launchpad.requests.names import job_name
from tests.unit.monitoring_requests.monitored import IMAGE, JOB, TOPIC

MONITORING = """\
monitoring:
  columns: {y: categorical, age: numeric, job: categorical}
  target: y
  task: binary
  quality: {metric: auc, at_least: 0.8}
"""


@pytest.fixture
def monitored(with_sections):
    return with_sections(MONITORING)


@pytest.fixture
def environment(environment):
    return dataclasses.replace(environment, containers={"monitoring": IMAGE}, alert_topic_arn=TOPIC)


@pytest.fixture
def run():
    return Run(job_name("dev", "boston-housing", "monitor-20261129t060000"), model_job=JOB)

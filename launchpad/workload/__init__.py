"""A workload: one model in a folder with a `workload.yaml`, which is all that a data scientist writes.

This is the file's schema. Mistakes are reported here, before anything runs; `launchpad.requests` turns a workload into
requests.
"""

from launchpad.workload.image import Image
from launchpad.workload.monitoring import Monitoring
from launchpad.workload.processing import Evaluation, Processing
from launchpad.workload.schema import QualityGate, Workload
from launchpad.workload.serving import Serving, ServingInstance
from launchpad.workload.spark import Spark
from launchpad.workload.training import Training
from launchpad.workload.transform import Transform
from launchpad.workload.tuning import Tuning
from launchpad.workload.types import Name, Source

__all__ = [
    "Evaluation",
    "Image",
    "Monitoring",
    "Name",
    "Processing",
    "QualityGate",
    "Serving",
    "ServingInstance",
    "Source",
    "Spark",
    "Training",
    "Transform",
    "Tuning",
    "Workload",
]

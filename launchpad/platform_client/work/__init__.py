"""Everything that runs in an environment, by one shape and one look-up: jobs, Spark steps, pipeline runs, endpoints.

Each kind has a module that lists and describes it. `lookup` finds one by its name or by its workload.
"""

from launchpad.platform_client.work.lookup import find, list_work, newest
from launchpad.platform_client.work.piece import KINDS, Work

__all__ = ["KINDS", "Work", "find", "list_work", "newest"]

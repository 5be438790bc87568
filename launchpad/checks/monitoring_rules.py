"""What `launchpad.workload.monitoring` checks with code, as JSON Schema."""

from __future__ import annotations

from launchpad.checks.schema_parts import Schema, if_, one_of, required, section, with_value
from launchpad.workload.monitoring import METRICS
from launchpad.workload.monitoring.quality import SMALLER_IS_BETTER


def monitoring_rules() -> dict[str, list[Schema]]:
    """The rules of each model of the section, by the model's name."""
    return {
        "Monitoring": [
            if_(with_value("header", False), required("columns")),
            {"dependentRequired": {"quality": ["task"], "segments": ["task"]}},
            *(
                if_(with_value("task", task), section("quality", section("metric", {"enum": list(metrics)})))
                for task, metrics in METRICS.items()
            ),
        ],
        "Quality": [
            one_of("at_least", "at_most"),
            if_(section("metric", {"enum": list(SMALLER_IS_BETTER)}), required("at_most"), required("at_least")),
        ],
    }

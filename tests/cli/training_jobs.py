"""A training job as SageMaker describes it."""

from __future__ import annotations

from datetime import UTC, datetime

BEGAN = datetime(2026, 11, 20, 11, 47, tzinfo=UTC)


def described(*statuses, **more):
    transitions = [
        {"Status": status, "StatusMessage": message, "StartTime": BEGAN.replace(second=number)}
        for number, (status, message) in enumerate(statuses)
    ]
    return {"TrainingJobName": "local-a-1", "SecondaryStatusTransitions": transitions, **more}

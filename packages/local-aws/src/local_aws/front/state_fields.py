"""Which fields the Amazon States Language gives to each type of state, and the ranges of its numbers.

Sources: "State machine structure", "Task workflow state" and its siblings (Step Functions developer guide); users'
reports of what ValidateStateMachineDefinition answers for each field of each type.
"""

from __future__ import annotations

GENERAL = frozenset({"Type", "Comment", "QueryLanguage"})
GOING_ON = frozenset({"Next", "End"})
PATHS = frozenset({"InputPath", "OutputPath"})
HANDLING = frozenset({"Retry", "Catch"})
KEEPING = frozenset({"Assign", "Output"})
SELECTING = frozenset({"Parameters", "ResultPath", "ResultSelector"})
WAITS = ("SecondsPath", "Seconds", "TimestampPath", "Timestamp")
LIMITS = frozenset({"TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath"})
TOLERATED = frozenset(f"ToleratedFailure{kind}{path}" for kind in ("Count", "Percentage") for path in ("", "Path"))
ITEMS = frozenset({"Items", "ItemsPath", "ItemSelector", "ItemBatcher", "ItemReader", "ResultWriter", "Label"})
PROCESSORS = ("ItemProcessor", "Iterator")
WORKING = GOING_ON | PATHS | HANDLING | KEEPING | SELECTING

FIELDS = {
    "Task": WORKING | LIMITS | {"Resource", "Credentials", "Arguments"},
    "Parallel": WORKING | {"Branches", "Arguments"},
    "Map": WORKING | ITEMS | TOLERATED | {*PROCESSORS} | {"MaxConcurrency", "MaxConcurrencyPath"},
    "Pass": GOING_ON | PATHS | KEEPING | {"Parameters", "Result", "ResultPath"},
    "Wait": GOING_ON | PATHS | KEEPING | {*WAITS},
    "Choice": PATHS | KEEPING | {"Choices", "Default"},
    "Succeed": PATHS | {"Output"},
    "Fail": frozenset({"Error", "ErrorPath", "Cause", "CausePath"}),
}
REQUIRED = {"Task": ("Resource",), "Parallel": ("Branches",), "Choice": ("Choices",)}

MACHINE = frozenset({"Comment", "QueryLanguage", "StartAt", "States", "TimeoutSeconds", "Version"})
BRANCH = frozenset({"Comment", "StartAt", "States"})
PROCESSOR = BRANCH | {"ProcessorConfig"}

RETRIER = frozenset(
    {"Comment", "ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy"}
)
CATCHER = frozenset({"Comment", "ErrorEquals", "Next", "ResultPath"}) | KEEPING

LONGEST = 99_999_999
NUMBERS = {
    "TimeoutSeconds": (1, LONGEST),
    "HeartbeatSeconds": (1, LONGEST),
    "Seconds": (0, LONGEST),
    "MaxConcurrency": (0, None),
    "ToleratedFailureCount": (0, None),
    "ToleratedFailurePercentage": (0, 100),
    "IntervalSeconds": (0, LONGEST),
    "MaxAttempts": (0, LONGEST),
    "MaxDelaySeconds": (1, 31_622_400),
    "BackoffRate": (1, None),
}
"""The least and the most of each number, of states and of retriers."""
FRACTIONS = frozenset({"BackoffRate", "ToleratedFailurePercentage"})
EXCLUSIVE = tuple((name, f"{name}Path") for name in (*NUMBERS, "Error", "Cause") if name != "Seconds")

_ORDERS = ("Equals", "GreaterThan", "GreaterThanEquals", "LessThan", "LessThanEquals")
COMPARISONS = (
    frozenset(f"{kind}{order}" for kind in ("String", "Numeric", "Timestamp") for order in _ORDERS)
    | frozenset(f"{kind}{order}Path" for kind in ("String", "Numeric", "Timestamp") for order in _ORDERS)
    | {"BooleanEquals", "BooleanEqualsPath", "StringMatches"}
    | frozenset(f"Is{kind}" for kind in ("Boolean", "Null", "Numeric", "Present", "String", "Timestamp"))
)
SELECTORS = ("And", "Or", "Not", "Variable", "Condition")
RULE = COMPARISONS | KEEPING | {*SELECTORS, "Comment", "Next"}

OF_JSONATA = frozenset({"Arguments", "Output", "Items", "Condition"})
OF_JSONPATH = (
    PATHS
    | SELECTING
    | frozenset(name for fields in FIELDS.values() for name in fields if name.endswith("Path"))
    | COMPARISONS
    | {"Result", "Variable", "And", "Or", "Not"}
)

"""The configurations of clusters and of job runs: what Spark on one machine takes of them, and what is refused.

EMR writes each into a file of its nodes ("Configure applications", EMR release guide): properties of Spark and of
Hadoop, exports of `spark-env.sh`, and lines of Log4j. What only a cluster has, such as YARN, is named in the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from local_aws.api.errors import not_implemented

Item = Mapping[str, Any]
CLASSIFICATION, PROPERTIES = ("Classification", "classification"), ("Properties", "properties")
INNER = ("Configurations", "configurations")
"""The members' names at EMR and at EMR Serverless."""
DEFAULTS, ENVIRONMENT, HADOOP = "spark-defaults", "spark-env", "core-site"
LOGGING = ("spark-log4j2", "spark-driver-log4j2")
"""EMR's and EMR Serverless's; the executors of one machine are in the driver."""
OF_A_CLUSTER = ("spark.yarn.", "spark.dynamicAllocation.", "spark.shuffle.service.")
OF_THIS_MACHINE = ("PYSPARK_PYTHON", "PYSPARK_DRIVER_PYTHON", "JAVA_HOME", "PATH", "SPARK_HOME", "SPARK_CONF_DIR")
"""Exports whose values are paths of EMR's nodes."""
INSTEAD = {
    "spark-hive-site": "read tables by their location in S3: there is no Hive metastore and no Glue Data Catalog",
}
"""Classifications with which Spark would read something else, and what to do instead."""


@dataclass(frozen=True)
class SparkConfiguration:
    """What Spark takes of configurations."""

    properties: dict[str, str] = field(default_factory=dict)
    exports: dict[str, str] = field(default_factory=dict)
    logging: dict[str, str] = field(default_factory=dict)
    unused: tuple[str, ...] = ()
    """The classifications, and the exports as `spark-env NAME`, that are not applied."""


def check_configurations(items: Iterable[Item]) -> None:
    """Raise `AwsError` for a classification that can't be passed over."""
    for item in items:
        name = _member(item, *CLASSIFICATION)
        if name in INSTEAD:
            raise not_implemented(f"the classification {name}: {INSTEAD[name]}")


def spark_configuration(items: Iterable[Item]) -> SparkConfiguration:
    """What Spark takes; later items go over earlier ones."""
    merged, unused = SparkConfiguration(), set[str]()
    for item in items:
        name, properties = str(_member(item, *CLASSIFICATION)), _member(item, *PROPERTIES) or {}
        if name == DEFAULTS:
            merged.properties.update(
                {key: text for key, text in properties.items() if not key.startswith(OF_A_CLUSTER)}
            )
        elif name == HADOOP:
            merged.properties.update({f"spark.hadoop.{key}": text for key, text in properties.items()})
        elif name == ENVIRONMENT:
            exports = dict(_exports(item))
            unused |= {f"{name} {variable}" for variable in exports if variable in OF_THIS_MACHINE}
            merged.exports.update({key: text for key, text in exports.items() if key not in OF_THIS_MACHINE})
        elif name in LOGGING:
            merged.logging.update(properties)
        else:
            unused.add(name)
    return SparkConfiguration(merged.properties, merged.exports, merged.logging, tuple(sorted(unused)))


def _exports(item: Item) -> Iterator[tuple[str, str]]:
    for inner in _member(item, *INNER) or ():
        if _member(inner, *CLASSIFICATION) == "export":
            yield from (_member(inner, *PROPERTIES) or {}).items()


def _member(item: Item, name: str, of_serverless: str) -> Any:
    return item.get(name, item.get(of_serverless))

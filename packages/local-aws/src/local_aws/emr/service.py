"""All of EMR's operations, combined from the modules of this package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from local_aws.api.service import Operation, Scope
from local_aws.api.tables import Table
from local_aws.context import Context
from local_aws.emr.clusters import Clusters
from local_aws.emr.security_configurations import SecurityConfigurations
from local_aws.emr.studios import Studios


class Emr:
    """The operations of all modules."""

    def __init__(self, context: Context) -> None:
        self._configurations = SecurityConfigurations()
        self._studios = Studios(context)
        self._clusters = Clusters(context, self._configurations, self._studios)

    def idleness(self) -> Iterator[tuple[Scope, str, bool]]:
        """See `Clusters.idleness`."""
        return self._clusters.idleness()

    def cluster_tags(self) -> Iterator[tuple[str, list[dict[str, str]]]]:
        """See `Clusters.tags`."""
        return self._clusters.tags()

    def tables(self) -> dict[str, Table]:
        """See `api.tables`."""
        plain = {"configurations": self._configurations.kept, "studios": self._studios.kept}
        return {**plain, "clusters": self._clusters.table()}

    def restore(self, tables: Mapping[str, Table]) -> None:
        """See `api.tables`."""
        self._configurations.kept.update(tables.get("configurations", {}))
        self._studios.kept.update(tables.get("studios", {}))
        self._clusters.restore(tables.get("clusters", {}))

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        return {
            **self._configurations.operations(),
            **self._studios.operations(),
            **self._clusters.operations(),
        }

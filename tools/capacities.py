"""Write `launchpad/costs/capacities.json`: `make lock-capacities`.

moto, a mock of AWS, publishes the answer of EC2's DescribeInstanceTypes of all types with each of its releases. It is
read from its wheel, and never installed: `.venv/bin/python -m tools.capacities moto-5.2.1-py3-none-any.whl`.
"""

from __future__ import annotations

import gzip
import json
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from launchpad.config_files.instance_types import allowed_values
from launchpad.costs.capacities import ENUMS, FILE

MEMBER = "moto/ec2/resources/instance_types.json.gz"


def capacities(wheel: Path) -> str:
    """The content of the file, one instance type a line."""
    with zipfile.ZipFile(wheel) as archive:
        described = json.loads(gzip.decompress(archive.read(MEMBER)))
        year, month, day, *_ = archive.getinfo(MEMBER).date_time
    names = sorted({name for enum in ENUMS.values() for name in allowed_values(enum)})
    described_names = [name for name in names if name.removeprefix("ml.") in described]
    lines = [f'  "{name}": {json.dumps(facts_of(described[name.removeprefix("ml.")]))}' for name in described_names]
    source = f"EC2's DescribeInstanceTypes in moto {wheel.name.split('-')[1]}"
    head = f' "source": {json.dumps(source)},\n "date": "{year}-{month:02}-{day:02}",\n "types": {{\n'
    return "{\n" + head + ",\n".join(lines) + "\n }\n}\n"


def facts_of(described: Mapping[str, Any]) -> dict[str, Any]:
    """The members of `Capacity` of a type as EC2 describes it, without those that have their default."""
    gpus = [each for each in (described.get("GpuInfo") or {}).get("Gpus") or [] if each["Manufacturer"] == "NVIDIA"]
    architectures = described["ProcessorInfo"]["SupportedArchitectures"]
    facts = {
        "vcpus": described["VCpuInfo"]["DefaultVCpus"],
        "memory_gib": round(described["MemoryInfo"]["SizeInMiB"] / 1024, 2),
        "gpus": sum(each["Count"] for each in gpus),
        "gpu": gpus[0]["Name"] if gpus else "",
        "architecture": "" if "x86_64" in architectures else architectures[0],
        "local_gb": (described.get("InstanceStorageInfo") or {}).get("TotalSizeInGB", 0),
        "burstable": described["BurstablePerformanceSupported"],
        "accelerated": not gpus and not {"GpuInfo", "NeuronInfo", "InferenceAcceleratorInfo"}.isdisjoint(described),
    }
    return {name: fact for name, fact in facts.items() if fact}


if __name__ == "__main__":
    FILE.write_text(capacities(Path(sys.argv[1])), "utf-8")

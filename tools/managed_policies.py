"""Write the local AWS's copy of AWS's managed policies: `make lock-policies`.

moto, a mock of AWS, publishes them with each of its releases, under the Apache License 2.0. They are read from its
wheel, and never installed: `.venv/bin/python -m tools.managed_policies moto-5.2.5-py3-none-any.whl`.
"""

from __future__ import annotations

import ast
import json
import lzma
import sys
import zipfile
from pathlib import Path
from typing import Any

FILE = Path("packages/local-aws/src/local_aws/iam/managed_policies.json.xz")
MEMBER = "moto/iam/aws_managed_policies.py"


def policies(wheel: Path) -> dict[str, Any]:
    """Each policy by its path and name, as the file has them."""
    with zipfile.ZipFile(wheel) as archive:
        (text,) = [
            node.value.value
            for node in ast.parse(archive.read(MEMBER)).body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        ]
    published = json.loads(str(text))
    return {
        f"{policy['Path']}{name}": {
            "version": policy["DefaultVersionId"],
            "created": policy["CreateDate"],
            "updated": policy.get("UpdateDate", policy["CreateDate"]),
            "document": json.dumps(policy["Document"], separators=(",", ":")),
        }
        for name, policy in sorted(published.items())
    }


if __name__ == "__main__":
    wheel = Path(sys.argv[1])
    content = {"source": f"moto {wheel.name.split('-')[1]}", "policies": policies(wheel)}
    FILE.write_bytes(lzma.compress(json.dumps(content, separators=(",", ":")).encode(), preset=9))

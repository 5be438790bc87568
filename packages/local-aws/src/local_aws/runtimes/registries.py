"""Whose registry an image is in: AWS's built-in algorithms are in accounts of AWS's only.

The accounts, which differ by region and algorithm, are those of the SageMaker SDK's `image_uri_config` for XGBoost,
AutoGluon and the first-party algorithms. An algorithm's name is a plain word, which others give their images too.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

ACCOUNTS = Path(__file__).with_name("aws-accounts.txt")
_ACCOUNT = re.compile(r"(\d+)\.dkr\.ecr\.")


def is_in_aws_registry(uri: str) -> bool:
    """True for an image of an account of AWS's, or for one without a registry, as short names are here."""
    registry, slash, _ = uri.partition("/")
    if not slash:
        return True
    account = _ACCOUNT.match(registry)
    return account is not None and account[1] in _accounts()


@cache
def _accounts() -> frozenset[str]:
    return frozenset(ACCOUNTS.read_text(encoding="utf-8").split())

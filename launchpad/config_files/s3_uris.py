"""The names that S3's buckets can have, so that a URI of a bucket that can't exist is refused."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

LONGEST_URI = 1024
"""The most characters of a URI that SageMaker takes (`S3Uri` and `Url` of its API)."""
_ADDRESS = re.compile(r"([0-9]{1,3}\.){3}[0-9]{1,3}")
_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
"""Reserved beginnings and endings: S3 user guide, "General purpose bucket naming rules" (bucketnamingrules)."""
URI = r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
"""The beginning of a pattern for URIs: 3 to 63 lower-case letters, digits, dots and hyphens."""


def check_bucket(uri: str) -> str:
    """Return `uri` if a bucket can have the name in it; a pattern has checked its characters and its length.

    Raises:
        ValueError: no bucket can be called so.
    """
    bucket = urlsplit(uri).netloc
    if ".." in bucket:
        raise ValueError(f"no bucket can be called {bucket!r}, with two dots together: write the bucket's name")
    if _ADDRESS.fullmatch(bucket):
        raise ValueError(f"no bucket can be called {bucket!r}, an IP address: write the bucket's name")
    for part in (*filter(bucket.startswith, _PREFIXES), *filter(bucket.endswith, _SUFFIXES)):
        raise ValueError(f"no bucket can be called {bucket!r}: S3 reserves {part!r}; write the bucket's name")
    return uri

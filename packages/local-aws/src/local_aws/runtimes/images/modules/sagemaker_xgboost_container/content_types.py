"""The formats that AWS's XGBoost image reads, and the content types that mean them."""

from __future__ import annotations

from sagemaker_algorithm_toolkit.exceptions import UserError

CSV, LIBSVM, PARQUET, RECORDIO_PROTOBUF = "csv", "libsvm", "parquet", "recordio-protobuf"
FORMATS = {
    CSV: CSV,
    LIBSVM: LIBSVM,
    PARQUET: PARQUET,
    RECORDIO_PROTOBUF: RECORDIO_PROTOBUF,
    "text/csv": CSV,
    "text/libsvm": LIBSVM,
    "text/x-libsvm": LIBSVM,
    "application/x-parquet": PARQUET,
    "application/x-recordio-protobuf": RECORDIO_PROTOBUF,
}
"""Content type to format, in the order in which errors name them."""


def parse(content_type: str) -> tuple[str, dict[str, str]]:
    """The media type and its parameters."""
    media, *parameters = (part.strip() for part in content_type.split(";"))
    pairs = (parameter.partition("=") for parameter in parameters)
    return media, {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}


def get_content_type(content_type: str | None) -> str:
    """The format that a content type means; without one it is LIBSVM. Raises `UserError` in the container's words."""
    if content_type is None:
        return LIBSVM
    media, parameters = parse(content_type.lower())
    if media not in FORMATS:
        raise UserError(f"{content_type} is not an accepted ContentType: {', '.join(FORMATS)}.")
    if FORMATS[media] == CSV and parameters.get("label_size", "1") != "1":
        optional = "Optional parameter label_size must be equal to 1"
        raise UserError(f"{content_type} is not an accepted csv ContentType. {optional}")
    return FORMATS[media]

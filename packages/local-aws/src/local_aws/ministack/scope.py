"""The account and region of a request, as ministack knows them."""

from __future__ import annotations

from ministack.core.responses import get_account_id, get_region

from local_aws.api.service import Scope


def current_scope() -> Scope:
    """Account and region of the current request."""
    return Scope(get_account_id(), get_region())

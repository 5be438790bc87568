"""AWS's wire contract from botocore's service models: validation, errors, paging, serialisation. No service."""

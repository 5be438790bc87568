"""AWS's wire contract, driven by botocore's service models: validation, errors, paging, serialisation. No service."""

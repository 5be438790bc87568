"""The domain: environments, workloads, and the requests that launch them. No CDK, and no AWS call at import."""

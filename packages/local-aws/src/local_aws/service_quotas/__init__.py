"""Service Quotas for SageMaker."""

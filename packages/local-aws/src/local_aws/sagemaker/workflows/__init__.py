"""SageMaker Pipelines: definitions, their executions, and the steps, which run as jobs of this local SageMaker."""

"""SageMaker: one file per kind of resource, each with its table of operations; `service` puts them together."""

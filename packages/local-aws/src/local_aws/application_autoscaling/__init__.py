"""Application Auto Scaling: scalable targets, policies and scheduled actions, by which SageMaker's variants scale."""

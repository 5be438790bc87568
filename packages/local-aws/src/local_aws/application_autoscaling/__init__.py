"""Application Auto Scaling: scalable targets, their limits and policies. Nothing here scales automatically."""

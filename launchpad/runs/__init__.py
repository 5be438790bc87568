"""A workload's runs, side by side: read from SageMaker, filtered, sorted, and written as a table, JSON or CSV."""

"""Stands for the programs of the workload, none of which is run."""

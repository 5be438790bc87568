"""Runtimes: they execute a container image's program for a job or an endpoint. `base` is their contract."""

"""Runtime ``docker``: executes container images with the machine's Docker engine (see `runtime`)."""

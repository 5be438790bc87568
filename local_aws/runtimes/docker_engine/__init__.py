"""Runtime ``docker``: executes container images by the machine's Docker engine (see `runtime`)."""

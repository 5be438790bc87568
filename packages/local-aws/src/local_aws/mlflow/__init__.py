"""The MLflow behind tracking servers and MLflow Apps: its processes, and how requests and browsers reach it."""

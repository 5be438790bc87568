"""Monitoring of deployed models: what an endpoint was asked and answered, compared with what it was trained on."""

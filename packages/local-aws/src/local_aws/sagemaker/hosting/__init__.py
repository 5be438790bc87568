"""Endpoints: their configurations and deployments, the containers behind them, and the calls to them."""

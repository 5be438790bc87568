"""Holds `exceptions`, of the toolkit that AWS's algorithm in the XGBoost image is made with."""

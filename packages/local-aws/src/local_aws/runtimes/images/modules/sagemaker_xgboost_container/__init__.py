"""Stands in for the package of AWS's XGBoost image: `encoder` and `data_utils`, which scripts import."""

"""Constructs that only Spark on EMR needs."""

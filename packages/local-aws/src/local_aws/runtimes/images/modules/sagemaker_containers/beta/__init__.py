"""Holds `framework`, the part that scripts import."""

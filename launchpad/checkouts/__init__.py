"""Synthesizes two commits of a checkout, so that `launchpad diff` can compare their templates."""

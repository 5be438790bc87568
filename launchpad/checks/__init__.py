"""Checks of handwritten files: all of them at once (`launchpad validate`), or in an editor (JSON Schemas)."""

"""Reads handwritten YAML files into typed, frozen settings, and finds the line of every mistake."""

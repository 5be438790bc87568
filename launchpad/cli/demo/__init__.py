"""The demo: from an empty machine to a prediction, and back, on a separate local AWS."""

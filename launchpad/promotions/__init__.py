"""Takes a model that one environment proved to the next: what is pinned, what is checked, and the copy."""

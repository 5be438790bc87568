"""What a run of the platform looks like afterwards: one HTML page that needs nothing but a browser."""

"""Reports about runs of the platform: each is one HTML page that needs only a browser."""

"""What an endpoint or a transform job was asked and answered in a window of time, in whatever format."""

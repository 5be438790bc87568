"""What an endpoint or a transform job was asked and answered in a window of time, whatever wrote it down and however."""

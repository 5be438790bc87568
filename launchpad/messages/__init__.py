"""What a user reads: errors that say how to fix them, and untrusted text made safe to print."""

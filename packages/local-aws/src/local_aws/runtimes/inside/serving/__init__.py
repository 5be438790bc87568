"""The model server: an HTTP front, and worker processes in which AWS's inference toolkit runs the user's handlers.

The front and its workers run with the Python of an image's environment; `main` in `server` starts them.
"""

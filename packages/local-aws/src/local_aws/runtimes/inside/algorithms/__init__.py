"""What SageMaker's built-in algorithms share: configuration, channels, formats of requests and answers, log lines.

Each algorithm itself is the `algorithm.py` and the `handler.py` of its folder in `runtimes/images/`.
"""

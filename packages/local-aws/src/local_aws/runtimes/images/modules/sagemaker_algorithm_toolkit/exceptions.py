"""The three kinds of failures that the image's programs raise."""

from sagemaker_containers._toolkit_errors import AlgorithmError, BaseToolkitError, PlatformError, UserError

__all__ = ["AlgorithmError", "BaseToolkitError", "PlatformError", "UserError"]

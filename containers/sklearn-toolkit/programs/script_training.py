"""The toolkit's "training module", which each of AWS's framework images has: it runs the user's script.

By itself the toolkit would tell no more of a script that fails than its exit code; here the script's own error comes
to be the job's FailureReason.
"""

from sagemaker_training import entry_point, environment


def main() -> None:
    """Run the script that the job's hyperparameters name, with the others as its arguments."""
    settings = environment.Environment()
    entry_point.run(
        uri=settings.module_dir,
        user_entry_point=settings.user_entry_point,
        args=settings.to_cmd_args(),
        env_vars=settings.to_env_vars(),
        capture_error=True,
    )

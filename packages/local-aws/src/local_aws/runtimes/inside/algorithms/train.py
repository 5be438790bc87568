"""The training program of a built-in algorithm: ``algorithms.train FOLDER`` runs ``algorithm.py`` of that folder.

That file has ``SUBSTITUTE``, a line that says what runs here in place of AWS's program, and ``train(job)``.
"""

from __future__ import annotations

import runpy
import sys
import traceback
from pathlib import Path

from local_aws.runtimes.inside.algorithms.errors import CUSTOMER_EXIT_CODE, CustomerError
from local_aws.runtimes.inside.algorithms.job import log, read_job


def main() -> None:
    """Train. A customer's mistake ends with exit code 2, as in AWS's images, and any other with 1."""
    sys.path.insert(0, sys.argv[1])
    algorithm = runpy.run_path(str(Path(sys.argv[1]) / "algorithm.py"))
    log(f"Local AWS: {algorithm['SUBSTITUTE']}")
    job = read_job()
    failure = job.root / "output" / "failure"
    try:
        log(
            f"Merging with provided configuration from /opt/ml/input/config/hyperparameters.json: {job.hyperparameters}"
        )
        algorithm["train"](job)
    except CustomerError as error:
        log(f"Customer Error: {error}", "ERROR")
        failure.write_text(str(error))
        sys.exit(CUSTOMER_EXIT_CODE)
    except Exception as error:  # the failure file is all that SageMaker shows of it
        traceback.print_exc()
        failure.write_text(f"{type(error).__name__}: {error}")
        sys.exit(1)

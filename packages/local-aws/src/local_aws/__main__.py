"""`python -m local_aws`: see `cli`."""

from local_aws.cli import main
from local_aws.process.ending import exit_now

exit_now(main())

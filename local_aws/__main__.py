"""`python -m local_aws`: see `cli`."""

import sys

from local_aws.cli import main

sys.exit(main())

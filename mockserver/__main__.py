"""``python -m mockserver``: the same as ``pgwatch-contract mock``."""

import sys

from mockserver.cli import main

sys.exit(main())

"""``python -m mockserver``: the same as ``pgwatch-contract mock``."""

import sys

from mockserver.command.cli import main

sys.exit(main())

"""``python -m pgwatch_contract``: the same as the ``pgwatch-contract`` command."""

import sys

from pgwatch_contract.cli import main

sys.exit(main())

"""``python -m matrix``: the same as ``pgwatch-contract matrix``."""

import sys

from pgwatch_contract.cli import main

sys.exit(main(["matrix", *sys.argv[1:]]))

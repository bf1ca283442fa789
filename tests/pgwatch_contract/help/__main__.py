"""``python -m tests.pgwatch_contract.help``: keep what each command says of itself now."""

import os
import subprocess
import sys
from pathlib import Path

from pgwatch_contract.cli import COMMANDS

for command in ([], *([each] for each in COMMANDS)):
    text = subprocess.run(
        [sys.executable, "-m", "pgwatch_contract", *command, "--help"],
        capture_output=True,
        check=True,
        env={**os.environ, "COLUMNS": "80"},
    ).stdout
    (Path(__file__).parent / f"{' '.join(['pgwatch-contract', *command])}.txt").write_bytes(text)

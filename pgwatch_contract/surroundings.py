"""What a user's folder and environment must not change: where modules come from, how texts are printed."""

import os
import sys
import warnings
from pathlib import Path

_ROOT = str(Path(__file__).parent.parent)


def settle() -> None:
    """Have modules of ours and of our packages count before those of the folder and of PYTHONPATH; print any text.

    What stands there alone is still found: checks of a project's own may need it.
    """
    foreign = {os.path.realpath(each) for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each}
    foreign |= {os.path.realpath(Path.cwd())} if _cwd_is_there() else set()
    foreign.discard(os.path.realpath(_ROOT))
    own = [each for each in sys.path if each and os.path.realpath(each) not in foreign]
    sys.path[:] = own + [each for each in sys.path if each not in own and each]
    if "PYTHONWARNINGS" in os.environ:  # such as error, which is not for packages that we cannot change
        warnings.resetwarnings()
        warnings.simplefilter("ignore")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _cwd_is_there() -> bool:
    try:
        Path.cwd()
    except OSError:
        return False
    return True

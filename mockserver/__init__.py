"""A mock of the pgwatch server: the contract, answered from memory."""

import warnings

# Connexion imports Starlette's test client and jsonschema's old resolver; neither is ours to change.
warnings.filterwarnings("ignore", message="Using `httpx` with `starlette.testclient`")
warnings.filterwarnings("ignore", message="jsonschema.RefResolver is deprecated", category=DeprecationWarning)

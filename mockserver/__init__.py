"""A mock of the pgwatch server: the contract, answered from memory."""

import warnings

# Connexion imports Starlette's test client, which prints this at every start; it is not ours to change.
warnings.filterwarnings("ignore", message="Using `httpx` with `starlette.testclient`")

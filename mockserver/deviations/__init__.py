"""Ways to break the contract on purpose, named in ``deviations.yaml``; ``mock --deviate`` turns them on.

A server without deviations imports nothing of this package. Each deviation is one function here, named like its entry
in the catalogue, that tells a ``Plan`` what to change: a class of the server, a schema, or requests and answers on
their way.
"""

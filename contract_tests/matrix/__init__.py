"""The matrix: which release of pgwatch keeps which clause of the contract, as verdicts on real servers have it."""

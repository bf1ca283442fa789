"""The releases of pgwatch: overlays of the contract, and what differs between them."""

"""The principal-agent model behind the contracts, and the best contract of each kind. Pure."""

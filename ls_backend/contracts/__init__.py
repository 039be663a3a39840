"""The principal-agent side: what a measured score pays. Pure."""

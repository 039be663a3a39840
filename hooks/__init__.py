"""The webhook service, its worker and the command line."""

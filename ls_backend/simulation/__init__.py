"""Simulated annotators and projects, and studies of the methods on them. Pure."""

"""What we know, in a database: tables, their rows as records, and queries by subject."""

from ls_backend.store.engine import Store, canonical

__all__ = ["Store", "canonical"]

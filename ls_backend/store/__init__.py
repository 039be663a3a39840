"""What we know, in a database."""

"""Files that people give us and take away: bytes in, records out, and back."""

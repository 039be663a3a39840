"""What moves a score or pay. Pure: arrays and records in, arrays and records out."""

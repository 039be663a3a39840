"""Files people give us, read into records: bytes and text stop here. Pure."""

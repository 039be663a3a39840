"""What is read: records for commands, panel and pages. Nothing here writes."""

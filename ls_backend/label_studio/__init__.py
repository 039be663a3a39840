"""Label Studio's JSON, label configs and API, and our facts. Its words (task, annotation, completed_by) stop here."""

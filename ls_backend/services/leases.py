"""The names of the leases: what only one process does at a time, over all processes on a database."""


def processing(project: int) -> str:
    """Applying events, placing seeds and scoring."""
    return f"process-{project}"


def writing_back(project: int) -> str:
    """Copying scorecards and consensus into Label Studio."""
    return f"write-back-{project}"


def settling(project: int) -> str:
    """Closing a period, and resolving a dispute: whatever writes lines into the ledger."""
    return f"settle-{project}"


def guiding(project: int) -> str:
    """Saying which version of a guide is to be read, here and in the plugin."""
    return f"guide-{project}"


def pausing(project: int) -> str:
    """Pausing an annotator, and serving them again."""
    return f"pause-{project}"

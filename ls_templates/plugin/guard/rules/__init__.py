"""The rules that narrow a request or its answer, by subject."""

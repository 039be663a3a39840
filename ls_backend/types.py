"""JSON as it comes from outside: from Label Studio, a file, a column. Above this edge there are records."""

from typing import Any

Json = dict[str, Any]

"""Memory that is kept though nothing needs it any more."""

import ctypes
import sys


def give_memory_back() -> None:
    """Give back to the system what pyarrow and the C library keep of memory that is free again: left alone they keep, after a large table
    was read, about as much as all its judgments take."""
    if "pyarrow" in sys.modules:
        import pyarrow as pa  # heavy, and only where it was used

        pa.default_memory_pool().release_unused()
    if sys.platform == "linux" and hasattr(c_library := ctypes.CDLL(None), "malloc_trim"):  # glibc
        c_library.malloc_trim(0)

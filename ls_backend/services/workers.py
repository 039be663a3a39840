"""Work that is shared out to worker processes by Dask, here or on other machines."""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from ls_backend.errors import InputError

AHEAD = 2  # things that wait for each worker, so that none is idle and few are in memory
Thing = TypeVar("Thing")
Result = TypeVar("Result")


class Workers:
    """Applies functions to things on the workers of a cluster of Dask."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def __call__(self, function: Callable[[Thing], Result], things: Iterable[Thing], /) -> Iterator[Result]:
        """The results, in the order of the things, of which only a few are out at a time."""
        waiting: deque[Any] = deque()
        for thing in things:
            there = self.client.scatter(thing, hash=False)  # not as a part of the task: chunks are large
            waiting.append(self.client.submit(function, there, pure=False))
            if len(waiting) >= AHEAD * max(len(self.client.ncores()), 1):
                yield _result(waiting.popleft())
        while waiting:
            yield _result(waiting.popleft())


def _result(future: Any) -> Any:
    """What came of a task, or what it raised."""
    from distributed import KilledWorker

    try:
        return future.result()
    except KilledWorker as error:
        raise InputError(
            f"a worker ended before its work did ({error}); give the workers more memory, or take fewer"
        ) from error


@contextmanager
def workers(where: str) -> Iterator[Workers]:
    """So many local worker processes, or those of the scheduler at an address such as ``tcp://host:8786``.

    Raises:
        InputError: Dask is not installed, or the scheduler does not answer.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise InputError("workers need Dask; `pip install steadyhand[distributed]`, or leave --workers out") from error
    if where.isdecimal():
        cluster = LocalCluster(
            n_workers=int(where),
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.ERROR,
        )
        with cluster, Client(cluster) as client:
            yield Workers(client)
        return
    try:
        client = Client(where, timeout=10)
    except (OSError, ValueError) as error:
        raise InputError(
            f"--workers {where}: no scheduler of Dask answers there ({error}); check the address"
        ) from error
    with client:
        yield Workers(client)

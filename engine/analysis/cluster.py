"""Workers of a Dask cluster, on any number of machines, in the place of processes of this one.

They are an executor like any other (`analysis.cases.each`): blocks are the same, and so are the answers. A worker that
is lost is Dask's business, which has its blocks done by another one. Dask is an extra: gigaplan[cluster].
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from typing import Any

from gigaplan.engine import __version__
from gigaplan.engine.analysis.cases import on
from gigaplan.engine.plan.plan import Plan

_ADDRESS = re.compile(r"(tcp|tls)://[^\s/]+:[0-9]{1,5}")
SECONDS = 15
"""How long a scheduler, and the first of its workers, are waited for."""


class NoCluster(Exception):
    """Why a cluster cannot be worked with, in words."""


def sentence(error: NoCluster) -> str:
    """It as a sentence of its own."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."


class SameVersion:
    """Keeps workers out that would run another version of the program: their answers may differ."""

    name = "gigaplan version"
    idempotent = False

    def __init__(self, wanted: str) -> None:
        self.wanted = wanted

    def setup(self, worker: Any) -> None:
        """Raises RuntimeError on a worker that has another version."""
        from gigaplan.engine import __version__ as own

        if own != self.wanted:
            raise RuntimeError(f"the worker runs Gigaplan {own}, and this is {self.wanted}")


@contextlib.contextmanager
def cluster(address: str, version: str = __version__) -> Iterator[tuple[Executor, int]]:
    """An executor on the workers of a scheduler, tcp://HOST:PORT or tls://HOST:PORT, and how many threads they have.

    The certificates of tls are those of Dask's own configuration (distributed.comm.tls). Raises NoCluster.
    """
    if not _ADDRESS.fullmatch(address):
        raise NoCluster(f"{address!r} is no address of a scheduler, as tcp://HOST:PORT or tls://HOST:PORT")
    try:
        from distributed import Client, WorkerPlugin  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        raise NoCluster("a cluster needs Dask: python -m pip install 'gigaplan[cluster]'") from None

    class Plugin(SameVersion, WorkerPlugin):  # type: ignore[misc,unused-ignore]
        pass

    try:
        client = Client(address, timeout=SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError, RuntimeError) as error:
        raise NoCluster(f"there is no scheduler at {address} ({_first_line(error)})") from None
    try:
        try:
            client.wait_for_workers(1, timeout=SECONDS)
        except TimeoutError:
            raise NoCluster(f"the scheduler at {address} has no workers") from None
        try:
            client.register_plugin(Plugin(version))
        except Exception as error:  # what a worker raises comes as it is
            raise NoCluster(f"a worker of {address} cannot be used: {_first_line(error)}") from None
        threads = sum(client.nthreads().values())
        with client.get_executor() as executor:
            yield executor, max(1, threads)
    finally:
        client.close()


@contextlib.contextmanager
def within(address: str) -> Iterator[None]:
    """Within it, all cases are done by the workers of a scheduler; by this machine where there is no address. Raises
    NoCluster."""
    if not address:
        yield
        return
    with cluster(address) as (executor, jobs), on(executor, jobs):
        yield


def reached(_plan: Plan, address: str, progress: Callable[[float, str], None]) -> int:
    """How many threads the workers of a scheduler have. Raises NoCluster."""
    progress(0.0, "the scheduler")
    with cluster(address) as (_, threads):
        return threads


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:200]

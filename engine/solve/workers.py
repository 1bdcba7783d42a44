"""Processes that share work out among them, as an executor of `concurrent.futures`."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

from gigaplan.engine.solve.subprocess_job import WorkProcess

_Task = tuple[Future[Any], Callable[..., Any], tuple[Any, ...], dict[str, Any]]


class Workers(Executor):
    """At most `count` processes, each begun when there is work for it. What a process that died was doing is done once
    more, by another one; a second death is an EOFError.

    They are begun as every process of Gigaplan is (see `subprocess_job`), which those of
    `concurrent.futures.ProcessPoolExecutor` are not: these run no code from the current folder.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._workers: set[WorkProcess] = set()
        self._lock = threading.Lock()
        self._over = self._is_cut = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Has a function of a module called in one of the processes; what it is given and gives can be pickled."""
        if self._over:
            raise RuntimeError("these workers are shut down")
        future: Future[Any] = Future()
        if len(self._threads) < self.count:
            self._threads.append(threading.Thread(target=self._work, name="worker", daemon=True))
            self._threads[-1].start()
        self._tasks.put((future, fn, args, kwargs))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Ends the processes when all is done; with `cancel_futures` at once, whatever they are doing."""
        self._over = True
        if cancel_futures:
            with contextlib.suppress(queue.Empty):
                while True:
                    if (task := self._tasks.get_nowait()) is not None:
                        task[0].cancel()
            with self._lock:
                self._is_cut = True
                for worker in self._workers:
                    worker.kill()
        for _ in self._threads:
            self._tasks.put(None)
        if wait:
            for thread in self._threads:
                thread.join()

    def _work(self) -> None:
        worker: WorkProcess | None = None
        while (task := self._tasks.get()) is not None:
            future, fn, args, kwargs = task
            if not future.set_running_or_notify_cancel():
                continue
            for is_last in (False, True):
                try:
                    worker = worker or self._begun()
                    future.set_result(worker.do(_called, fn, args, kwargs))
                    break
                except EOFError as error:
                    self._forget(worker)
                    worker = None
                    if is_last or self._is_cut:
                        future.set_exception(error)
                        break
                except BaseException as error:
                    future.set_exception(error)
                    break
        self._forget(worker)

    def _begun(self) -> WorkProcess:
        with self._lock:
            if self._is_cut:
                raise EOFError("these workers are shut down")
            worker = WorkProcess()
            self._workers.add(worker)
        return worker

    def _forget(self, worker: WorkProcess | None) -> None:
        if worker is not None:
            worker.end()
            with self._lock:
                self._workers.discard(worker)


def _called(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return fn(*args, **kwargs)

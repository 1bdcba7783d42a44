"""A sweep on a real cluster: a scheduler and two workers with TLS on the loopback, one worker killed in the middle.

`make cluster` runs it. Its packages are not among those of the tests, which never need them.
"""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from gigaplan.engine.analysis.cluster import NoCluster, cluster
from gigaplan.engine.cli.main import main
from gigaplan.engine.exchange.json import to_json
from tests.engine.plans import plan_of

ROOT = Path(__file__).parents[2]
VARY = ("offers.rent.price_usd=1:3:20", "workloads.work.demand=50:150:20")
PATIENCE = 60.0


def certified(folder: Path) -> dict[str, str]:
    """Environment with a certificate of this machine for scheduler, workers and client."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2"]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
    subprocess.run(["openssl", *words, *names], check=True, capture_output=True)
    made = {"DASK_DISTRIBUTED__COMM__TLS__CA_FILE": str(cert), "DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "true"}
    for who in ("SCHEDULER", "WORKER", "CLIENT"):
        made[f"DASK_DISTRIBUTED__COMM__TLS__{who}__CERT"] = str(cert)
        made[f"DASK_DISTRIBUTED__COMM__TLS__{who}__KEY"] = str(key)
    return made


@contextmanager
def started(*words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of Dask, ended with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dask", *words], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def swept(file: Path, out: Path, *words: str) -> list[list[str]]:
    """The rows of a sweep."""
    vary = [word for each in VARY for word in ("--vary", each)]
    status = main(["sweep", str(file), *vary, "-o", str(out), *words])
    assert status == 0, f"gigaplan sweep ended with {status}"
    with open(out, encoding="utf-8", newline="") as text:
        return list(csv.reader(text))


def check(folder: Path) -> None:
    """Raises AssertionError where the cluster's answers are not the local ones."""
    file, ready = folder / "plan.json", folder / "scheduler.json"
    file.write_bytes(to_json(plan_of()))
    with ExitStack() as stack:
        tls = ["--host", "tls://127.0.0.1", "--port", "0", "--scheduler-file", str(ready), "--no-dashboard"]
        stack.enter_context(started("scheduler", *tls))
        until(ready.exists, "the scheduler")
        workers = ["--scheduler-file", str(ready), "--nthreads", "1", "--no-dashboard", "--no-nanny"]
        processes = [stack.enter_context(started("worker", *workers, "--name", name)) for name in ("a", "b")]
        address = json.loads(ready.read_text())["address"]
        assert address.startswith("tls://"), address
        with cluster(address) as (executor, _):
            until(lambda: len(executor._client.nthreads()) == 2, "two workers")
        print(f"two workers at {address}", flush=True)
        refused(lambda: cluster(address, "0.0.0"), "the worker runs Gigaplan")
        out = folder / "cluster.csv"
        pid = os.fork()
        if not pid:  # kills a worker once some rows are there
            until(lambda: out.exists() and out.read_bytes().count(b"\n") > 40, "rows")
            os.kill(processes[0].pid, signal.SIGKILL)
            os._exit(0)
        found = swept(file, out, "--cluster", address)
        os.waitpid(pid, 0)
        assert processes[0].wait(PATIENCE) == -signal.SIGKILL
    local = swept(file, folder / "local.csv", "--jobs", "2")
    assert found == local, "the cluster's rows are not the local ones"
    assert len(local) == 401
    refused(lambda: cluster("tcp://127.0.0.1:9"), "there is no scheduler")
    from pyarrow import parquet

    vary = ["sweep", str(file), "--vary", VARY[0], "--jobs", "1", "-o", str(folder / "out.parquet")]
    assert main(vary) == 0
    table = parquet.read_table(folder / "out.parquet").to_pydict()
    assert len(table["tco_usd"]) == 20
    assert not list(folder.glob("*.part.csv"))


def until(there: object, what: str) -> None:
    """Waits for something."""
    end = time.monotonic() + PATIENCE
    while not there():  # type: ignore[operator]
        assert time.monotonic() < end, f"{what} did not come"
        time.sleep(0.05)


def refused(opened: object, words: str) -> None:
    """A cluster is refused with these words."""
    with pytest.raises(NoCluster, match=words), opened():  # type: ignore[operator]
        pass


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        os.environ.update(certified(Path(made)))
        check(Path(made))
    print("The cluster's answers are the local ones, with TLS and a worker lost.")

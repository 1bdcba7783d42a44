"""What every child needs, loaded once before they are forked. Nothing here starts a thread."""

import encodings.ascii  # noqa: F401  (looked for in files, which may be refused later)
import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import tests.faults.cancels
import tests.faults.disks
import tests.faults.hostile
import tests.faults.kills
import tests.faults.mutants
import tests.faults.others
import tests.faults.refused_inside
import tests.faults.straced  # noqa: F401

"""Killing the program with SIGKILL, at a step of the flush (tests/crash) or at a moment of the test's choice."""

import os
import random
import signal
import time

from . import groups, places
from .waiting import wait_until

# How often to kill, if not as often as a test does by itself; and which moments: another seed each time.
KILLS = int(os.environ.get("SALESTREAM_TEST_KILLS", "0"))
SEED = int(os.environ.get("SALESTREAM_TEST_SEED", "0")) or random.randrange(1, 1 << 30)

# Where tests/crash makes the program kill itself; "amid" is between the halves of a step's rows.
CRASH_POINTS = (
    "before_rejects",
    "amid_rejects",
    "after_rejects",
    "amid_cells",
    "after_cells",
    "amid_totals",
    "after_totals",
    "amid_progress",
    "after_progress",
    "after_flush",
    "before_commit",
)


# Where it kills itself in `rejects resend`; amid_commit: so many milliseconds after the commit was asked for.
RESEND_POINTS = (
    "after_init_transactions:1",
    "before_begin:1",
    "after_begin:1",
    "before_transaction:1",
    "before_commit_transaction:1",
    "amid_commit:0",
    "amid_commit:1",
    "amid_commit:3",
    "after_commit_transaction:1",
    "before_settle:1",
    "after_settle:1",
)


def start_to_crash(pipeline, point, passing, *flags):
    """Starts a run that kills itself when it passes the point for so many times."""
    return pipeline.start("--quiet", *flags, binary=places.crashing_binary(), SALESTREAM_CRASH_AT=f"{point}:{passing}")


def killed(running, timeout_s=30.0):
    """Waits for the program to be ended by SIGKILL, its own or ours; any other end is a failure."""
    status = running.wait(timeout_s)
    assert status == -signal.SIGKILL, f"it ended by itself, and not as it was meant to:\n{running.description()}"


def lives(kills, chance):
    """(point, workers) of so many lives, in any order: every point with one worker and with two, and as many random
    moments, whose point is None."""
    kinds = [(point, workers) for point in (*CRASH_POINTS, *[None] * len(CRASH_POINTS)) for workers in (1, 2)]
    chosen = kinds * (kills // len(kinds)) + chance.sample(kinds, kills % len(kinds))
    chance.shuffle(chosen)
    return chosen


def run_and_kill(broker, pipeline, chance, point, workers, moments_s=(0.05, 0.2, 0.5)):
    """One life: killed at a point of the flush, or, without one, at a random moment."""
    groups.remove_members(broker.addresses[0], pipeline.group)
    if point:
        killed(start_to_crash(pipeline, point, chance.randint(1, 4), "--workers", workers))
        return
    running = pipeline.start("--quiet", "--workers", workers)
    deadline_s = time.monotonic() + chance.choice(moments_s) * chance.random()
    wait_until(lambda: time.monotonic() >= deadline_s, every_s=0.002, what="the moment")
    running.kill()
    killed(running)

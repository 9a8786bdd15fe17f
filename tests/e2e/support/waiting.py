"""Waiting for a condition; no other helper and no test sleeps."""

import time


def wait_until(condition, timeout_s=30.0, what="the condition", every_s=0.05):
    """Calls `condition` until it returns something true, and returns that. An AssertionError that it raises means "not
    yet" and is what the failure shows in the end."""
    deadline_s = time.monotonic() + timeout_s
    while True:
        failure = None
        try:
            value = condition()
            if value:
                return value
        except AssertionError as error:
            failure = error
        if time.monotonic() >= deadline_s:
            raise AssertionError(
                f"{what} did not come true within {timeout_s} s" + (f": {failure}" if failure else "")
            ) from failure
        time.sleep(every_s)

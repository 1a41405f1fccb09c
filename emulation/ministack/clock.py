"""The time of what waits for time: schedules, and the periods of alarms.

On AWS they take minutes, hours and days. A test does not wait for those: it puts this clock forward, and what has
become due by then happens before it gets its answer. All else keeps the time of the machine.
"""

import threading
import time

_ahead = 0.0
_due = []
_one_at_a_time = threading.Lock()


class ClockError(ValueError):
    """The clock cannot be moved like that."""


def now():
    """Seconds since 1970: those of the machine, and those by which the clock was put forward."""
    return time.time() + _ahead


def on_advance(what):
    """Has `what()` called whenever the clock was put forward; it looks at `now()` and does what has become due."""
    _due.append(what)


def advance(request):
    """Puts the clock forward by `{"seconds": N}`, and answers the new time once all that is due was done."""
    global _ahead
    seconds = request.get("seconds") if isinstance(request, dict) else None
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or seconds < 0:
        raise ClockError('seconds must be a number that is not negative, as in {"seconds": 3600}')
    with _one_at_a_time:
        _ahead += seconds
        for what in _due:
            what()
        return {"now": now()}

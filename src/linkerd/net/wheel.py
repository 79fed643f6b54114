"""Deadlines without a timer each: a wheel of coarse slots, swept by one timer.

In comes `arm(timed)`, out comes `timed.expired(now)` at most one tick late. Arming is a list
append, moving a deadline is an assignment, cancelling is setting it to 0. Owned by the runtime,
driven by whoever calls `sweep` (the engine's one reactor timer, or a test).
"""

from __future__ import annotations

from linkerd.logger import make_logger

AHEAD = 4

log = make_logger()


class Timed:
    """Something with at most one deadline at a time (`deadline`, in clock seconds; 0.0 is none).

    `armed` is the number of the slot that holds it, 0 if none does.
    """

    __slots__ = ("armed", "deadline")

    def __init__(self) -> None:
        self.deadline = 0.0
        self.armed = 0

    def expired(self, now: float) -> None:
        """The deadline has passed; it is already cleared."""
        raise NotImplementedError


class Wheel:
    """All armed deadlines of a process. `tick` is the width of a slot in seconds."""

    __slots__ = ("armed", "slots", "swept", "tick", "wake")

    def __init__(self, tick: float = 0.01) -> None:
        self.tick = tick
        self.slots: dict[int, list[Timed]] = {}
        self.armed = 0
        self.swept = -1
        self.wake: object = None

    def arm(self, timed: Timed, deadline: float) -> None:
        """Call `timed.expired` once `deadline` has passed, unless it is moved or cleared before."""
        timed.deadline = deadline
        if timed.armed == 0:
            self._place(timed)
            self.armed += 1
            if self.armed == 1 and self.wake is not None:
                self.wake()  # type: ignore[operator]
        elif deadline < (timed.armed - 1) * self.tick:
            # Sooner than its slot: the entry there is stale from now on.
            self._place(timed)

    def _place(self, timed: Timed) -> None:
        slot = max(int(timed.deadline / self.tick) + 1, self.swept + 1)
        timed.armed = slot
        entries = self.slots.get(slot)
        if entries is None:
            self.slots[slot] = [timed]
        else:
            entries.append(timed)

    def rest_s(self, now: float) -> float:
        """Seconds until there may be something to sweep: to the next slot that is in use.

        If that is farther away, then a few slots; something sooner may be armed in the meantime.
        """
        slot = int(now / self.tick) + 1
        last = slot + AHEAD
        slots = self.slots
        while slot < last and slot not in slots:
            slot += 1
        # What is left to a slot's edge may round to nothing: time has to pass.
        return max(slot * self.tick - now, self.tick * 0.1)

    def sweep(self, now: float) -> None:
        """Expire what is due at `now`."""
        last = int(now / self.tick)
        if len(self.slots) > last - self.swept > 0:
            due = [slot for slot in range(self.swept + 1, last + 1) if slot in self.slots]
        else:
            due = sorted(slot for slot in self.slots if slot <= last)
        self.swept = last
        for slot in due:
            for timed in self.slots.pop(slot):
                if timed.armed == slot:
                    self._settle(timed, now)

    def _settle(self, timed: Timed, now: float) -> None:
        if timed.deadline > now:
            self._place(timed)
            return
        timed.armed = 0
        self.armed -= 1
        if timed.deadline > 0.0:
            timed.deadline = 0.0
            try:
                timed.expired(now)
            except Exception:
                log.failure("What was due at a deadline failed: {log_failure}")

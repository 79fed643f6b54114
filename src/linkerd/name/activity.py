"""Values that change, and those who watch them: Finagle's `Var` and `Activity`.

A namer or a file watcher owns a `Source` and sets it; routers observe. `Computed` derives a value
from others and watches only what it read, only while somebody watches it: closing the last
observation closes those upstream. Everything happens at once and in the caller's stack; `set`,
`observe` and `close` may be called from inside a notification.
"""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeAlias, TypeVar

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")

_NOTHING: Any = object()


def _other(one: object, other: object) -> bool:
    """Tell whether two values differ. A set of thousands is not compared with itself."""
    return one is not other and one != other


class Observation:
    """A hold on a changing value; `close()` ends it and may be called again."""

    __slots__ = ("closed",)

    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        """See nothing any more."""
        self.closed = True


class Var(abc.ABC, Generic[T_co]):
    """A value that may change."""

    __slots__ = ()

    @abc.abstractmethod
    def observe(self, see: Callable[[T_co], None]) -> Observation:
        """Call `see` with the value now and after each change; equal values in a row are one."""

    @abc.abstractmethod
    def sample(self) -> T_co:
        """Return the value now; a value nobody observes may be the initial one."""

    def map(self, f: Callable[[T_co], U]) -> Var[U]:
        """Return the changing value of `f`."""
        return Computed(lambda read: f(read(self)))


class Constant(Var[T_co]):
    """A value that never changes."""

    __slots__ = ("_value",)

    def __init__(self, value: T_co) -> None:
        self._value = value

    def observe(self, see: Callable[[T_co], None]) -> Observation:
        """Call `see` once."""
        see(self._value)
        return Observation()

    def sample(self) -> T_co:
        """Return the value."""
        return self._value


class _Observer(Observation, Generic[T]):
    __slots__ = ("_busy", "_last", "_see", "_var")

    def __init__(self, var: _Observed[T], see: Callable[[T], None]) -> None:
        super().__init__()
        self._var = var
        self._see = see
        self._last: T = _NOTHING
        self._busy = False

    def tell(self) -> None:
        """Show what the observer has not seen yet.

        An observer is never entered twice: what is set while it looks, it sees when it is done.
        """
        if self._busy:
            return
        self._busy = True
        try:
            while not self.closed and _other(self._var.current, self._last):
                self._last = self._var.current
                self._see(self._last)
        finally:
            self._busy = False

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self._var.forget(self)


class _Observed(Var[T]):
    """What `Source` and `Computed` share: the list of observers. `current` is the value held."""

    __slots__ = ("_observers", "current")

    def __init__(self, value: T) -> None:
        self.current = value
        self._observers: dict[_Observer[T], None] = {}

    @property
    def observers(self) -> int:
        """How many watch."""
        return len(self._observers)

    def observe(self, see: Callable[[T], None]) -> Observation:
        """Call `see` with the value now and after each change."""
        observer = _Observer(self, see)
        self._observers[observer] = None
        try:
            if len(self._observers) == 1:
                self._first()
            observer.tell()
        except BaseException:
            observer.close()
            raise
        return observer

    def forget(self, observer: _Observer[T]) -> None:
        """Take off the list; for observers."""
        del self._observers[observer]
        if not self._observers:
            self._last()

    def _publish(self, value: T) -> None:
        """Hold `value` and tell everybody; one observer's error reaches the caller afterwards."""
        if not _other(value, self.current):
            return
        self.current = value
        error: Exception | None = None
        for observer in tuple(self._observers):
            try:
                observer.tell()
            except Exception as raised:
                error = error or raised
        if error is not None:
            raise error

    def _first(self) -> None: ...

    def _last(self) -> None: ...


class Source(_Observed[T]):
    """A value that its owner sets.

    `on_first` is called when the first observer comes, before it sees anything, and `on_last` when
    the last one has gone, so that an owner works only while somebody watches.
    """

    __slots__ = ("_on_first", "_on_last")

    def __init__(
        self,
        value: T,
        on_first: Callable[[], None] | None = None,
        on_last: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(value)
        self._on_first = on_first
        self._on_last = on_last

    def set(self, value: T) -> None:
        """Change the value and tell the observers, unless it is equal to the old one."""
        self._publish(value)

    def sample(self) -> T:
        """Return the value last set."""
        return self.current

    def _first(self) -> None:
        if self._on_first is not None:
            self._on_first()

    def _last(self) -> None:
        if self._on_last is not None:
            self._on_last()


class Read(Protocol):
    """What a computation reads other values by."""

    def __call__(self, var: Var[U], /) -> U:
        """Return the value of `var` and note that the result depends on it."""


class _Dependency(Generic[T]):
    """A value that a computation has read, and the observation of it."""

    __slots__ = ("_observation", "_owner", "value")

    def __init__(self, owner: Computed[Any], var: Var[T]) -> None:
        self._owner: Computed[Any] | None = None
        self.value: T = _NOTHING
        self._observation = var.observe(self._see)
        self._owner = owner

    def _see(self, value: T) -> None:
        self.value = value
        if self._owner is not None:
            self._owner.refresh()

    def close(self) -> None:
        self._owner = None
        self._observation.close()


class Computed(_Observed[T]):
    """A value computed from others, again whenever one of those changes that it read last time.

    `compute` is given a function to read them by. Nothing is computed while nobody watches.
    """

    __slots__ = ("_active", "_compute", "_computing", "_held", "_stale", "_used")

    def __init__(self, compute: Callable[[Read], T]) -> None:
        super().__init__(_NOTHING)
        self._compute = compute
        self._held: dict[Var[Any], _Dependency[Any]] = {}
        self._used: dict[Var[Any], _Dependency[Any]] = {}
        self._active = False
        self._computing = False
        self._stale = False

    def sample(self) -> T:
        """Return the value now; if nobody watches, computed for the purpose."""
        if self._active and self.current is not _NOTHING:
            return self.current
        return self._compute(lambda var: var.sample())

    def refresh(self) -> None:
        """Compute again; for dependencies."""
        self._stale = True
        if self._computing:
            return
        self._computing = True
        try:
            while self._stale and self._active:
                self._stale = False
                value = self._turn()
        finally:
            self._computing = False
            if not self._active:
                self._release()
        if self._active:
            self._publish(value)

    def _turn(self) -> T:
        self._used = {}
        try:
            value = self._compute(self._read)
        except BaseException:
            self._held |= self._used
            raise
        unused = [held for var, held in self._held.items() if var not in self._used]
        self._held = self._used
        for dependency in unused:
            dependency.close()
        return value

    def _read(self, var: Var[U]) -> U:
        dependency = self._used.get(var) or self._held.get(var) or _Dependency(self, var)
        self._used[var] = dependency
        value: U = dependency.value
        return value

    def _first(self) -> None:
        self._active = True
        self.refresh()

    def _last(self) -> None:
        self._active = False
        if not self._computing:
            self._release()

    def _release(self) -> None:
        held, self._held = self._held, {}
        self.current = _NOTHING
        for dependency in held.values():
            dependency.close()


@attrs.frozen
class Pending:
    """No answer yet."""


@attrs.frozen
class Ok(Generic[T_co]):
    """An answer."""

    value: T_co


@attrs.frozen
class Failed:
    """No answer for a reason; `code` is a key of the error catalogue."""

    why: str
    code: str = "L5D-1105"


PENDING = Pending()

State: TypeAlias = Pending | Ok[T] | Failed
Activity: TypeAlias = Var[State[T]]

__all__ = [
    "PENDING",
    "Activity",
    "Computed",
    "Constant",
    "Failed",
    "Observation",
    "Ok",
    "Pending",
    "Read",
    "Source",
    "State",
    "Var",
]

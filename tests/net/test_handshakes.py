"""The steps of handshakes: in their turn, few at a time."""

from __future__ import annotations

from linkerd.net.handshakes import BUDGET_S, Handshakes


class Shaking:
    """A handshake whose steps take `cost_s` of a clock."""

    def __init__(self, turns: Turns, name: str, cost_s: float = 0.0, fault: bool = False) -> None:
        self.turns = turns
        self.name = name
        self.cost_s = cost_s
        self.fault = fault
        self.why = ""

    def step(self) -> None:
        self.turns.made.append(self.name)
        self.turns.now += self.cost_s
        if self.fault:
            raise RuntimeError("a fault of ours")

    def fail(self, why: str) -> None:
        self.why = why


class Turns:
    """Handshakes on a clock of the test."""

    def __init__(self) -> None:
        self.now = 100.0
        self.made: list[str] = []
        self.handshakes = Handshakes(lambda: self.now)

    def begun(self, name: str, cost_s: float = 0.0) -> None:
        self.handshakes.begun.append(Shaking(self, name, cost_s))

    def newcomer(self, name: str, cost_s: float = 0.0) -> None:
        self.handshakes.newcomers.append(Shaking(self, name, cost_s))


def test_all_that_fit_into_a_turn_go_on() -> None:
    turns = Turns()
    for name in "abc":
        turns.newcomer(name, BUDGET_S / 10)
    turns.handshakes.run()
    assert turns.made == ["a", "b", "c"]


def test_a_flood_waits_for_the_next_turn() -> None:
    turns = Turns()
    for number in range(100):
        turns.newcomer(str(number), BUDGET_S / 2)
    turns.handshakes.run()
    assert turns.made == ["0", "1"]
    turns.handshakes.run()
    assert turns.made == ["0", "1", "2", "3"]


def test_one_step_is_made_however_long_it_takes() -> None:
    turns = Turns()
    turns.newcomer("slow", 1.0)
    turns.newcomer("next", 1.0)
    turns.handshakes.run()
    assert turns.made == ["slow"]


def test_what_was_begun_is_finished_first() -> None:
    turns = Turns()
    turns.newcomer("new")
    turns.begun("begun")
    turns.handshakes.run()
    assert turns.made == ["begun", "new"]


def test_a_fault_of_ours_ends_one_handshake_alone() -> None:
    turns = Turns()
    broken = Shaking(turns, "broken", fault=True)
    turns.handshakes.newcomers.append(broken)
    turns.newcomer("next")
    turns.handshakes.run()
    assert broken.why == "internal error"
    assert turns.made == ["broken", "next"]

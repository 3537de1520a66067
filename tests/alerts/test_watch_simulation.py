"""Five hundred made-up months of a watch: nobody is missed, nobody is told twice. A failure names its seed."""

from __future__ import annotations

from dataclasses import replace

import pytest
import watch_simulation
from watch_simulation import simulate

from watchfloor.alerts.escalation import turn as turning


@pytest.mark.parametrize("first", range(1, 501, 50))
def test_fifty_months_keep_every_rule(first: int) -> None:
    assert sum(simulate(seed) for seed in range(first, first + 50)) > 0


def test_the_same_seed_gives_the_same_month() -> None:
    one, other = watch_simulation.Run(77), watch_simulation.Run(77)
    assert (one.go(), one.store.received) == (other.go(), other.store.received)


def test_messages_are_sent_again_after_a_crash_with_the_same_key() -> None:
    twice = 0
    for seed in range(1, 40):
        run = watch_simulation.Run(seed)
        run.go()
        twice += run.store.twice
    assert twice > 0  # the simulation does kill between sending and noting


@pytest.mark.parametrize("fault", ["forgets", "hurries", "repeats", "sleeps_on", "ignores_silence"])
def test_a_fault_in_the_rules_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real_turn, real_wakes = turning.turn, turning.wakes_at

    def faulty(alert, desk, now):
        if fault == "ignores_silence":
            return real_turn(alert, replace(desk, silences=()), now)
        after, actions = real_turn(alert, desk, now)
        if fault == "forgets" and after.rung >= 1:
            actions = ()
        if fault == "hurries" and after.due_at is not None and after.told_at is not None:
            after = replace(after, due_at=after.told_at + (after.due_at - after.told_at) / 2)
        if fault == "repeats" and after.rung == 2:
            after = replace(after, rung=1)
        return after, actions

    monkeypatch.setattr(turning, "turn", faulty)
    if fault == "sleeps_on":
        monkeypatch.setattr(turning, "wakes_at", lambda *given: None if given[0].rung == 1 else real_wakes(*given))
    _sent, broken = watch_simulation.simulate_some(range(1, 60))
    assert broken
    assert "seed" in broken[0]

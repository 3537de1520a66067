"""How an activity earns, as people write it and as plans keep it."""

from __future__ import annotations

import pytest
from small_plans import plan_of, task

from watchfloor.plans import codec
from watchfloor.plans.document import Activity, EarningTechnique, WeightedMilestone
from watchfloor.plans.earning import decoded_earning, earning_of, earning_text
from watchfloor.plans.rekeying import rekeyed


@pytest.mark.parametrize(
    ("text", "milestones"),
    [
        ("milestones M1:30, M2:70", (("M1", 30.0), ("M2", 70.0))),
        ("milestones M1, M2", (("M1", 1.0), ("M2", 1.0))),
        ("milestones A:B:2.5", (("A:B", 2.5),)),
        ("milestones Gate 1:3", (("Gate 1", 3.0),)),
    ],
)
def test_milestones_with_their_weights_come_back_as_they_were_written(
    text: str, milestones: tuple[tuple[str, float], ...]
) -> None:
    found = earning_of(text)
    assert found is not None
    assert found.technique is EarningTechnique.MILESTONES
    assert found.milestones == tuple(WeightedMilestone(*each) for each in milestones)
    assert earning_text(found) == text
    (kept,) = codec.from_bytes(codec.to_bytes(plan_of(task("A", 1, earning=found)))).activities
    assert kept.earning == found
    assert decoded_earning(codec.encode(found)) == found


@pytest.mark.parametrize(
    "text", ["milestones", "milestones ,", "milestones M1:, M2", "milestones M1, M1", "30/60", "all"]
)
def test_what_is_no_notation_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        earning_of(text)


def test_more_milestones_than_allowed_are_refused() -> None:
    assert earning_of("milestones " + ", ".join(f"M{n}" for n in range(100))) is not None
    with pytest.raises(ValueError, match="M100"):
        earning_of("milestones " + ", ".join(f"M{n}" for n in range(101)))


def test_new_keys_reach_what_an_activity_earns_by() -> None:
    rows: tuple[Activity, ...] = (
        task("A", 1, earning=earning_of("milestones B:2, C")), task("B", 1, earning=earning_of("as C")), task("C", 1),
    )  # fmt: skip
    found = rekeyed(plan_of(*rows), {"B": "B~2", "C": "C~2"})
    assert [earning_text(each.earning) for each in found.activities] == ["milestones B~2:2, C~2", "as C~2", ""]

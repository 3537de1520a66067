"""Parts of a plan keep their identity whatever numbers a new file gives them."""

from __future__ import annotations

import dataclasses
import tempfile
from datetime import date
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from watchfloor.exchange.formats.identity import named_by_code
from watchfloor.exchange.formats.limits import DEFAULT_LIMITS
from watchfloor.exchange.formats.mspdi.reader import read_mspdi
from watchfloor.exchange.formats.mspdi.writer import write_mspdi
from watchfloor.exchange.pairing import pair
from watchfloor.exchange.parts import settled
from watchfloor.plans.difference import difference
from watchfloor.plans.document import Activity, Assignment, Plan, Resource, WbsNode, WorkCalendar
from watchfloor.plans.rekeying import rekeyed
from watchfloor.sample.generator import generate

AS_OF = date(2026, 11, 23)
WEEK = ((),) * 7


def _plan(*, nodes: list[tuple[str, str, str]], people: list[tuple[str, str]]) -> Plan:
    return Plan(
        code="P",
        name="P",
        calendar="1",
        calendars=(WorkCalendar("1", "Standard", WEEK),),
        wbs=tuple(WbsNode(key, name, "", code) for key, code, name in nodes),
        activities=tuple(Activity(f"A{at}", f"Work {at}", wbs=node[0]) for at, node in enumerate(nodes)),
        resources=tuple(Resource(key, name) for key, name in people),
        assignments=tuple(Assignment("A0", key) for key, _name in people),
    )


def test_nodes_and_people_that_were_numbered_anew_are_the_ones_we_hold() -> None:
    held = _plan(nodes=[("7", "S", "Site"), ("8", "D", "Design")], people=[("1", "Ana"), ("2", "Ben")])
    came = _plan(nodes=[("1", "S", "Site"), ("2", "D", "Design")], people=[("1", "Ben"), ("2", "Ana"), ("3", "Eva")])
    told = settled(held, came)
    assert [each.key for each in told.wbs] == ["7", "8"] and [each.wbs for each in told.activities] == ["7", "8"]
    assert {each.name: each.key for each in told.resources} == {"Ana": "1", "Ben": "2", "Eva": "3"}
    assert [each.resource for each in told.assignments] == ["2", "1", "3"]


def test_something_new_whose_number_is_in_use_gets_one_of_its_own() -> None:
    held = _plan(nodes=[("1", "S", "Site")], people=[("1", "Ana")])
    came = _plan(nodes=[("2", "S", "Site"), ("1", "N", "New")], people=[("2", "Ana"), ("1", "Eva")])
    told = settled(held, came)
    assert {each.code: each.key for each in told.wbs} == {"S": "1", "N": "1~2"}
    assert {each.name: each.key for each in told.resources} == {"Ana": "1", "Eva": "1~2"}


def test_codes_that_only_follow_the_outline_are_no_names() -> None:
    rows = tuple(Activity(str(at), f"Work {at}", code=f"1.{at}") for at in range(1, 5))
    plan = Plan("P", "P", activities=rows)
    assert named_by_code(plan) is plan
    coded = dataclasses.replace(plan, activities=tuple(dataclasses.replace(each, code=f"K{each.key}") for each in rows))
    assert [each.key for each in named_by_code(coded).activities] == ["K1", "K2", "K3", "K4"]


@settings(max_examples=5, deadline=None)
@given(first=st.integers(1, 5_000), second=st.integers(1, 5_000))
def test_the_same_plan_under_other_numbers_changes_nothing(first: int, second: int) -> None:
    plan = generate(seed=1, as_of=AS_OF, size="small").projects[0].plan_on(AS_OF)
    one, other = _through_file(plan, first), _through_file(plan, second)
    again = rekeyed(settled(one, other), pair(one, other, {}).keys)
    assert not difference(one, again)


def _through_file(plan: Plan, first_uid: int) -> Plan:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.xml"
        write_mspdi(plan, path, first_uid=first_uid)
        return read_mspdi(path, name="plan.xml", limits=DEFAULT_LIMITS).plans[0]

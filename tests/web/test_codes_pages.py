"""Codes, fields and notebooks on pages: shown as words, and set as rules by a form."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from small_plans import plan_of, task

from watchfloor.exchange import queries
from watchfloor.kit import clock
from watchfloor.kit.viewer import SYSTEM
from watchfloor.plans import operations as plans
from watchfloor.plans.document import CodeType, Note
from watchfloor.portfolio import operations as portfolio


@pytest.fixture
def quay(people: object) -> None:
    portfolio.create_programme(SYSTEM, code="HB", name="Harbour", now=clock.now())
    made = portfolio.create_project(SYSTEM, programme_code="HB", code="HB-01", name="Quay", now=clock.now())
    note = Note("Remark <1>", "<p>wet<br>soil</p><script>alert(1)</script> 3 &lt;b&gt; 4")
    plan = plan_of(
        task("A", 5, codes={"Area": "N"}, notebooks=(note,)),
        code_types=(CodeType("Area", "Area", values={"N": "North <sea>"}),),
    )
    plans.record_plan(SYSTEM, made.id, plan, origin="api", now=clock.now())


def test_a_notebook_is_shown_as_its_words_and_no_markup_of_a_file_reaches_the_page(
    quay: None, sign_in: Callable[[str], Client]
) -> None:
    said = sign_in("administrator").get("/projects/HB-01/activities/A").content.decode()
    assert "wet<br>soil" in said  # a line break of ours
    assert "alert(1)" not in said
    assert "3 &lt;b&gt; 4" in said
    assert "Remark &lt;1&gt;" in said
    assert "N · North &lt;sea&gt;" in said
    assert 'href="/projects/HB-01/activities?show=all&amp;where=code%3AArea%3DN"' in said


def test_a_rule_is_set_by_the_form_refused_with_a_reason_and_removed(
    quay: None, sign_in: Callable[[str], Client]
) -> None:
    client = sign_in("administrator")
    form = {"target": "reported.overall", "kind": "field", "name": "RAG", "place": "project:HB-01"}
    refused = client.post("/field-rules", {**form, "values": "G = fine"})
    assert refused.status_code == 422
    assert "A status is on, watch, risk or crit" in refused.content.decode()
    assert client.post("/field-rules", {**form, "values": "G = on\nR = crit"}).status_code == 302
    (rule,) = queries.field_rules(SYSTEM)
    assert (rule.project_code, rule.source, rule.values) == ("HB-01", "field:RAG", {"G": "on", "R": "crit"})
    assert "G → on" in client.get("/field-rules").content.decode()
    client.post(f"/field-rules/{rule.id}/remove")
    assert queries.field_rules(SYSTEM) == ()

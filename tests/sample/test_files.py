"""The sample's next week as files."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from watchfloor.exchange.formats.errors import UnreadableFile
from watchfloor.exchange.formats.limits import DEFAULT_LIMITS
from watchfloor.exchange.formats.mspdi.reader import read_mspdi
from watchfloor.plans.document import ActivityKind
from watchfloor.sample.files import write_week
from watchfloor.sample.generator import generate

AS_OF = date(2026, 11, 23)


def test_a_week_of_files_holds_new_ids_known_codes_one_broken_and_one_old(tmp_path: Path) -> None:
    organisation = generate(seed=1, as_of=AS_OF, size="small")
    steps: list[str] = []
    written = write_week(organisation, tmp_path, week=2, report=lambda _done, _total, note: steps.append(note))
    assert len(written.files) == len(organisation.projects) - 2 and len(written.missing) == 2
    assert len(steps) == len(organisation.projects)
    dates = {}
    for path in written.files:
        code = path.name.split()[0]
        if code == written.broken:
            with pytest.raises(UnreadableFile):
                read_mspdi(path, name=path.name, limits=DEFAULT_LIMITS)
            continue
        (plan,) = read_mspdi(path, name=path.name, limits=DEFAULT_LIMITS).plans
        project = organisation.project(code)
        codes = {each.key for each in plan.activities if each.kind is not ActivityKind.SUMMARY}
        held = project.plan_on(plan.data_date.date() if plan.data_date else AS_OF)
        assert codes == {each.code for each in held.activities}
        assert "<UID>2000</UID>" in path.read_text() and "<UID>1999</UID>" not in path.read_text()
        assert plan.fields["RAG"] in "GAR" and plan.baselines[0].finish
        dates[code] = plan.data_date
    newest = max(day for day in dates.values() if day is not None)
    assert (newest.date() - dates[written.older].date()).days >= 20

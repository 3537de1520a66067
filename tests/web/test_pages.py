"""Pages say what the pipeline found, keep scripts and styles out of their markup, and act."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from watchfloor.accounts.models import User
from watchfloor.accounts.operations import create_sign_in_link
from watchfloor.alerts import queries as alerts
from watchfloor.alerts.models import Alert
from watchfloor.exchange.models import PlanImport
from watchfloor.kit import clock
from watchfloor.kit.viewer import SYSTEM
from watchfloor.plans import queries as plans
from watchfloor.plans.document import Earning, EarningTechnique
from watchfloor.portfolio import queries as portfolio
from watchfloor.web import fragments
from watchfloor.web.live.rendering import render

ADDRESSES = (
    "/", "/?tab=milestones", "/wall", "/wall?theme=light", "/portfolio", "/portfolio?sort=-slip&status=crit&q=works",
    "/portfolio?view=bubbles",
    "/projects/P0-00", "/projects/P0-00/activities", "/projects/P0-00/activities?show=critical&sort=float",
    "/projects/P0-00/activities/B", "/projects/P0-00/changes", "/projects/P0-00/changes/2",
    "/projects/P0-00/settings", "/projects/P0-00/activities/new", "/projects/new", "/alerts", "/alerts?show=resolved",
    "/imports", "/log", "/log?project=P0-00", "/jobs", "/account", "/users", "/settings",
)  # fmt: skip


def test_every_page_opens_and_carries_no_inline_script_or_style(
    sign_in: Callable[[str], Client], projects_of: Callable[[int], None]
) -> None:
    projects_of(1)
    client = sign_in("administrator")
    for address in ADDRESSES:
        answer = client.get(address)
        said = answer.content.decode()
        assert answer.status_code == 200, address
        assert not re.search(r"\sstyle=|<style|<script(?! type=\"module\" src=)|\son[a-z]+=", said), address
        assert "Crew <1>" not in said, address
        assert '<html lang="en" dir="ltr"' in said, address


def test_every_figure_of_a_forecast_opens(sign_in: Callable[[str], Client], projects_of: Callable[[int], None]) -> None:
    projects_of(1)
    client = sign_in("viewer")
    links = set(re.findall(r'"(/projects/P0-00/figures/\w+)"', client.get("/projects/P0-00").content.decode()))
    links |= set(re.findall(r'"(/projects/P0-00/figures/\w+)"', client.get(links.pop()).content.decode()))
    assert len(links) > 15
    assert {client.get(link).status_code for link in links} == {200}


def test_a_refetched_part_is_what_the_page_shows(
    sign_in: Callable[[str], Client], projects_of: Callable[[int], None], people: dict[str, User]
) -> None:
    projects_of(2)
    client = sign_in("viewer")
    alert = Alert.objects.order_by("id").values_list("id", flat=True)[0]
    for address in ("/", "/portfolio", "/projects/P0-00", f"/alerts/{alert}"):
        said = client.get(address).content.decode()
        viewer = client.get(address).context["viewer"]
        names = [name for name in re.findall(r'data-fragment="([\w:]+)"', said) if name not in ("nav", "freshness")]
        assert names
        for name in names:
            part = render(viewer, name)
            assert part is not None, name
            assert _plain(part) in _plain(said), name


def _plain(markup: str) -> str:
    # Moments pass between two renderings.
    return re.sub(r"\s+", " ", re.sub(r"<time[^>]*>.*?</time>", "", markup)).strip()


def test_every_part_is_known_by_its_name(people: dict[str, User]) -> None:
    for name, fragment in fragments.FRAGMENTS.items():
        assert fragments.find(f"{name}:999999999") is not None
        assert render(SYSTEM, "nothing:1") is None
        if name in ("tile", "row", "head", "project", "alert", "import"):
            assert render(SYSTEM, f"{name}:999999999") is None
            assert render(SYSTEM, name) is None
        assert fragment.template


def test_a_viewer_may_look_but_not_act(sign_in: Callable[[str], Client], projects_of: Callable[[int], None]) -> None:
    projects_of(1)
    client = sign_in("viewer")
    (alert,) = alerts.open_alerts(SYSTEM, limit=1)
    assert client.post(f"/alerts/{alert.id}/acknowledge").status_code == 403
    assert client.post("/projects/P0-00/activities/B/change", {"name": "x"}).status_code == 403
    assert client.get("/users").status_code == 403
    for address in ("/", f"/alerts/{alert.id}"):
        assert f"/alerts/{alert.id}/acknowledge" not in client.get(address).content.decode()


def test_acknowledging_from_the_floor_answers_with_the_list_and_an_undo(
    sign_in: Callable[[str], Client], projects_of: Callable[[int], None]
) -> None:
    projects_of(1)
    client = sign_in("administrator")
    (alert,) = alerts.open_alerts(SYSTEM, limit=1)
    answer = client.post(f"/alerts/{alert.id}/acknowledge?from=floor", headers={"HX-Request": "true"})
    assert f"/alerts/{alert.id}/reopen" in answer.content.decode()
    assert alerts.alert(SYSTEM, alert.id).state == "acknowledged"
    client.post(f"/alerts/{alert.id}/reopen")
    assert alerts.alert(SYSTEM, alert.id).state == "raised"


def test_an_edit_is_a_revision_and_undo_takes_it_back(
    sign_in: Callable[[str], Client], projects_of: Callable[[int], None]
) -> None:
    projects_of(1)
    client = sign_in("administrator")
    project = portfolio.project(SYSTEM, "P0-00")
    fields = {"name": "Pour", "kind": "task", "duration_h": "80", "remaining_h": "80", "percent_complete": "0"}
    answer = client.post("/projects/P0-00/activities/B/change", {**fields, "revision": "2", "reason": "slower"})
    assert answer.status_code == 302
    assert plans.activity(SYSTEM, project.id, "B").activity.name == "Pour"
    assert plans.revision(SYSTEM, project.id, 3).reason == "slower"
    client.post("/projects/P0-00/changes/3/undo")
    assert plans.activity(SYSTEM, project.id, "B").activity.name == "Activity B"


def test_how_an_activity_earns_is_chosen_and_told(
    sign_in: Callable[[str], Client], projects_of: Callable[[int], None]
) -> None:
    projects_of(1)
    client = sign_in("administrator")
    project = portfolio.project(SYSTEM, "P0-00")
    fields = {"name": "Activity B", "kind": "task", "duration_h": "80", "remaining_h": "80", "percent_complete": "0"}
    address = "/projects/P0-00/activities/B/change"
    assert client.post(address, {**fields, "earning": "50/50", "revision": "2"}).status_code == 302
    assert plans.activity(SYSTEM, project.id, "B").activity.earning == Earning(EarningTechnique.FIXED, 50.0)
    assert "50/50" in client.get("/projects/P0-00/compare?from=r2&to=r3").content.decode()
    assert client.post(address, {**fields, "earning": "50/60", "revision": "3"}).status_code != 302


def test_an_edit_of_an_old_page_is_a_conflict_that_keeps_what_was_typed(
    sign_in: Callable[[str], Client], projects_of: Callable[[int], None]
) -> None:
    projects_of(1)
    client = sign_in("administrator")
    fields = {"name": "Typed by hand", "kind": "task", "duration_h": "80", "remaining_h": "80"}
    answer = client.post("/projects/P0-00/activities/B/change", {**fields, "revision": "1"})
    assert answer.status_code == 409
    assert "Typed by hand" in answer.content.decode()


def test_a_circle_of_links_is_refused_in_words(
    sign_in: Callable[[str], Client], projects_of: Callable[[int], None]
) -> None:
    projects_of(1)
    client = sign_in("administrator")
    link = {"other": "B", "direction": "before", "kind": "FS", "lag_h": "0", "revision": "2"}
    answer = client.post("/projects/P0-00/activities/A/links", link)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()


def test_opening_a_sign_in_link_spends_nothing_and_its_button_signs_in_once(
    client: Client, people: dict[str, User]
) -> None:
    secret = create_sign_in_link(people["viewer"], clock.now())
    for _ in range(2):  # as link scanners do
        assert client.get(f"/sign-in/link/{secret}").status_code == 200
    assert client.post(f"/sign-in/link/{secret}").headers["Location"] == "/"
    assert client.get("/account").status_code == 200
    assert Client().post(f"/sign-in/link/{secret}").status_code == 404


@pytest.mark.parametrize("onward", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_signing_in_never_leads_to_another_site(client: Client, people: dict[str, User], onward: str) -> None:
    answer = client.post(
        "/sign-in", {"username": "viewer", "password": "Berth-4-is-late", "next": onward}, REMOTE_ADDR="127.0.0.1"
    )
    assert answer.headers["Location"] == "/"


def test_a_wrong_password_does_not_say_which_half_was_wrong(client: Client, people: dict[str, User]) -> None:
    said = [
        client.post("/sign-in", {"username": name, "password": "wrong"}).content.decode()
        for name in ("viewer", "nobody")
    ]
    assert "do not match" in said[0]
    assert "do not match" in said[1]


def test_a_person_reads_dates_and_numbers_in_their_own_language(
    sign_in: Callable[[str], Client], projects_of: Callable[[int], None], people: dict[str, User]
) -> None:
    projects_of(1)
    User.objects.filter(pk=people["viewer"].pk).update(language="de")
    said = sign_in("viewer").get("/projects/P0-00").content.decode()
    assert '<html lang="de"' in said
    assert re.search(r"\d\d\.\d\d\.2026", said)


@pytest.mark.parametrize(
    "address",
    [
        "/log?after=²",
        "/log?before=" + "9" * 40,
        "/projects/P0-00/changes?before=³",
        "/projects/P0-00/activities?page=²",
        "/parts/tile:²",
        "/parts/import:99999999",
    ],
)
def test_numbers_that_are_none_break_no_page(
    sign_in: Callable[[str], Client], projects_of: Callable[[int], None], address: str
) -> None:
    projects_of(1)
    assert sign_in("administrator").get(address).status_code in (200, 404)


def test_a_day_that_is_none_is_refused_in_words(
    sign_in: Callable[[str], Client], projects_of: Callable[[int], None]
) -> None:
    projects_of(1)
    said = {"stage": "on_hold", "reason": "Waits for money", "review_on": "tomorrow"}
    assert sign_in("administrator").post("/projects/P0-00/stage", said).status_code == 422


def test_an_upload_larger_than_allowed_is_refused_in_words_before_it_is_read(
    sign_in: Callable[[str], Client], settings: Any
) -> None:
    settings.MAX_UPLOAD_BYTES = 1024 * 1024
    client = sign_in("administrator")
    for size in (3, 1.5):  # more than announced as too much, and found out while it arrives
        file = SimpleUploadedFile("plan.csv", b"x" * int(size * 1024 * 1024))
        answer = client.post("/imports", {"file": file})
        assert answer.status_code in (413, 422)
        assert "WATCHFLOOR_MAX_UPLOAD_MB" in answer.content.decode()


def test_a_whole_monday_fits_into_one_upload_and_too_many_files_are_refused_in_words(
    sign_in: Callable[[str], Client], settings: Any
) -> None:
    def send(number: int) -> Any:
        files = [SimpleUploadedFile(f"plan {at}.csv", b"code,name\n") for at in range(number)]
        return client.post("/imports", {"file": files})

    client = sign_in("administrator")
    assert send(48).status_code == 302
    assert PlanImport.objects.count() == 48
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 48
    answer = send(49)
    assert answer.status_code == 413
    assert "48 files" in answer.content.decode()
    assert PlanImport.objects.count() == 48


def test_the_template_to_fill_in_can_be_imported_again(sign_in: Callable[[str], Client]) -> None:
    client = sign_in("viewer")
    assert client.get("/imports/template.csv").content.startswith(b"\xef\xbb\xbf# project")
    assert client.get("/imports/template.xlsx").content.startswith(b"PK")


def test_without_projects_the_floor_offers_to_begin(sign_in: Callable[[str], Client]) -> None:
    said = sign_in("administrator").get("/").content.decode()
    assert "Connect a source or load the sample" in said
    assert "/sample/load" in said

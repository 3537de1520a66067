"""Reading in a locked child process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import pytest

from watchfloor.exchange import sandbox
from watchfloor.exchange.formats.errors import RowErrors, UnreadableFile
from watchfloor.exchange.formats.limits import MEGABYTE, Limits
from watchfloor.exchange.formats.reading import read
from watchfloor.exchange.formats.sheet.template import template
from watchfloor.exchange.sandbox import network_isolation, read_in_child

CSV = "code,name,duration,predecessors\nA,a,1,\nB,b,2,A\n"
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux keeps these limits")


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.csv"
    path.write_text(CSV)
    return path


def test_the_child_answers_with_the_same_document(plan: Path) -> None:
    steps: list[tuple[float, str]] = []
    document = read_in_child(plan, on_progress=lambda fraction, step: steps.append((fraction, step)))
    assert document == read(plan)
    assert [step for _, step in steps] == ["reading", "handing over"]


def test_the_name_before_uploading_is_kept(plan: Path) -> None:
    document = read_in_child(plan, source_name="Tower crane.csv")
    assert document.source_name == "Tower crane.csv"
    assert document.plans[0].code == "Tower crane"


@pytest.mark.parametrize("name", ["template.csv", "template.xlsx"])
def test_a_copy_without_its_ending_is_read_by_its_former_name(tmp_path: Path, name: str) -> None:
    template(tmp_path / name)
    copy = (tmp_path / name).rename(tmp_path / "0123abcd")
    assert read_in_child(copy, source_name=name).plans == read(copy, source_name=name).plans != ()


def test_a_refusal_arrives_with_every_row(plan: Path) -> None:
    plan.write_text("code,name,duration\nA,a,long\nB,b,\n")
    with pytest.raises(RowErrors) as error:
        read_in_child(plan)
    assert [(row.row, row.column) for row in error.value.errors] == [(2, "duration"), (3, "duration")]


def test_cancelling_ends_the_reading(plan: Path) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read_in_child(plan, cancelled=lambda: True)
    assert refusal.value.code == "file.cancelled"


def test_time_runs_out(plan: Path) -> None:
    with pytest.raises(UnreadableFile, match="time") as refusal:
        read_in_child(plan, limits=Limits(wall_seconds=0))
    assert refusal.value.code == "file.limit"


def test_a_long_answer_is_refused(plan: Path) -> None:
    with pytest.raises(UnreadableFile, match="result"):
        read_in_child(plan, limits=Limits(output_bytes=100))


@LINUX
def test_memory_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text("code,name,duration\n" + "".join(f"A{n},{'x' * 4000},1\n" for n in range(12_000)))
    with pytest.raises(UnreadableFile) as refusal:
        read_in_child(path, limits=Limits(memory_bytes=96 * MEGABYTE))
    assert refusal.value.code == "file.limit"


@LINUX
def test_no_socket_can_be_opened(tmp_path: Path) -> None:
    assert network_isolation() in {"namespace+filter", "namespace", "filter"}
    probe = """
from watchfloor.exchange.formats import isolation
how = isolation.cut_network()
import errno, socket, tempfile
pair = socket.socketpair()
try:
    probe = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    probe.settimeout(1)
    probe.connect(("127.0.0.1", 9))
except OSError as error:
    print(how, errno.errorcode[error.errno])
tempfile.TemporaryFile().close()
"""
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    how, reason = done.stdout.split()
    assert reason == ("EPERM" if "filter" in how else "ENETUNREACH")


@LINUX
def test_the_child_dies_with_its_parent(tmp_path: Path) -> None:
    path = tmp_path / "slow.csv"
    path.write_text("code,name,duration\n" + "".join(f"A{n},a,1\n" for n in range(200_000)))
    script = f"""
import pathlib
from watchfloor.exchange import sandbox
sandbox.read_in_child(pathlib.Path({str(path)!r}), on_progress=lambda f, s: print("started", flush=True))
"""
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    assert parent.stdout.readline() == "started\n"
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert children
    deadline = time.monotonic() + 10
    while any(_alive(int(child)) for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(_alive(int(child)) for child in children)


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except OSError:
        return False


def test_nothing_is_left_behind(plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    read_in_child(plan)
    assert list(folder.iterdir()) == []


def test_our_secrets_do_not_reach_the_child(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WATCHFLOOR_SECRET_KEY", "hush")
    assert "hush" not in str(sandbox._environment(tmp_path))


def test_external_entities_and_laughing_billions_are_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("hush")
    laugh = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    bombs = (
        f'<!DOCTYPE Project [<!ENTITY a0 "ha">{laugh}]><Project xmlns="http://schemas.microsoft.com/project">&a9;</Project>',
        f'<!DOCTYPE Project [<!ENTITY x SYSTEM "file://{secret}">]><Project><Name>&x;</Name></Project>',
        '<!DOCTYPE Project SYSTEM "http://127.0.0.1:9/x.dtd"><Project xmlns="http://schemas.microsoft.com/project"/>',
    )
    for bomb in bombs:
        path = tmp_path / "bomb.xml"
        path.write_text(bomb)
        started = time.monotonic()
        with pytest.raises(UnreadableFile) as refusal:
            read_in_child(path)
        assert refusal.value.code == "file.hostile"
        assert "hush" not in str(refusal.value)
        assert time.monotonic() - started < 10


def test_a_zip_bomb_is_refused_before_it_unpacks(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 200 * MEGABYTE)
    assert path.stat().st_size < MEGABYTE
    with pytest.raises(UnreadableFile) as refusal:
        read_in_child(path)
    assert refusal.value.code == "file.limit"


def test_a_crash_of_the_reader_is_told_apart_from_a_refusal(plan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "detect", lambda path, **_: "no such format")
    with pytest.raises(sandbox.ReaderFailed) as failure:
        read_in_child(plan)
    assert "KeyError" in str(failure.value)
    assert "Traceback" in failure.value.trace


def test_the_parent_keeps_no_open_pipes(plan: Path) -> None:
    if not Path("/proc/self/fd").exists():
        pytest.skip("no /proc here")
    read_in_child(plan)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        read_in_child(plan)
    assert len(os.listdir("/proc/self/fd")) <= before

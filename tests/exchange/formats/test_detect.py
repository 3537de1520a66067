"""Which format a file is, and refusals by name."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from watchfloor.exchange.formats.detect import detect
from watchfloor.exchange.formats.errors import UnreadableFile
from watchfloor.exchange.formats.limits import Limits

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
MS = '<Project xmlns="http://schemas.microsoft.com/project"/>'


def archive(path: Path, *names: str) -> bytes:
    with zipfile.ZipFile(path, "w") as found:
        for name in names:
            found.writestr(name, "x")
    return path.read_bytes()


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.xer", b"ERMHDR\t8.0\r\n", "xer"),
        ("named-wrongly.mpp", b"ERMHDR\t8.0\r\n", "xer"),
        ("a.xer", "ERMHDR\t8.0".encode("utf-16"), "xer"),
        ("a.xml", MS.encode(), "mspdi"),
        ("a.xml", b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- hello -->\n" + MS.encode(), "mspdi"),
        ("a.xml", ('<?xml version="1.0" encoding="utf-16"?>' + MS).encode("utf-16"), "mspdi"),
        ("a.xml", b"<APIBusinessObjects xmlns='http://xmlns.oracle.com/x'/>", "pmxml"),
        ("a.mpx", b"MPX,Microsoft Project for Windows,4.0,ANSI\r\n", "mpx"),
        ("a.mpx", b"MPX;Microsoft Project;4.0\r\n", "mpx"),
        ("a.mpp", OLE + b"\0" * 600 + b"MSProject.MPP14", "mpp"),
        ("a.csv", b"code,name\nA,B\n", "csv"),
        ("plan.txt", b"code;name;duration\nA;B;1\n", "csv"),
    ],
)
def test_content_decides_the_format(tmp_path: Path, name: str, content: bytes, expected: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert detect(path, limits=Limits()) == expected


@pytest.mark.parametrize(
    ("name", "content", "code", "said"),
    [
        ("a.mpp", b"", "file.empty", "empty"),
        ("a.mpp", b"\0" * 100, "file.empty", "empty"),
        (
            "a.p2x",
            b"<Project><NAME>x</NAME><ProjectInfo></ProjectInfo></Project>",
            "file.protrack",
            "not supported yet",
        ),
        (
            "a.xml",
            b"<project name='x' version='2.0'><view id=\"gantt-chart\"/></project>",
            "file.not_a_plan",
            "GanttProject",
        ),
        ("a.xml", b"<project mrproject-version='2'/>", "file.not_a_plan", "Planner"),
        ("a.xml", b"<Project Sdk='Microsoft.NET.Sdk'/>", "file.not_a_plan", "root element is <Project>"),
        ("a.xml", b"<html><body/></html>", "file.not_a_plan", "web page"),
        ("a.xml", b"<a><b>", "file.not_a_plan", "<a>"),
        ("a.xml", b"<<<", "file.broken", "broken"),
        ("a.xml", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>", "file.hostile", "entities"),
        ("a.xls", OLE + "Workbook".encode("utf-16-le"), "file.unknown", "Excel"),
        ("a.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "file.password", "encrypted"),
        ("a.doc", OLE + "WordDocument".encode("utf-16-le"), "file.unknown", "Office"),
        ("a.pdf", b"%PDF-1.7", "file.unknown", "PDF"),
        ("a.db", b"SQLite format 3\0rest", "file.unknown", "SQLite"),
        ("a.bin", b"\1\2\0\3\4", "file.unknown", "binary"),
        ("a.txt", b"Dear all,\nthe plan is late.", "file.unknown", "text"),
        ("a.xlsx", b"PK\3\4 cut off", "file.broken", "cut off"),
    ],
)
def test_other_files_are_refused_by_name(tmp_path: Path, name: str, content: bytes, code: str, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=said) as refusal:
        detect(path, limits=Limits())
    assert refusal.value.code == code
    assert refusal.value.remedy


def test_archives_are_looked_into(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    archive(path, "xl/workbook.xml")
    assert detect(path, limits=Limits()) == "xlsx"
    for names in (("word/document.xml",), ("plan.xer",)):
        archive(path, *names)
        with pytest.raises(UnreadableFile):
            detect(path, limits=Limits())


def test_missing_folders_and_big_files_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere.xer"):
        with pytest.raises(UnreadableFile) as refusal:
            detect(path, limits=Limits())
        assert refusal.value.code == "file.missing"
    path = tmp_path / "big.xer"
    path.write_bytes(b"ERMHDR" + b"x" * 100)
    with pytest.raises(UnreadableFile) as refusal:
        detect(path, limits=Limits(file_bytes=50))
    assert refusal.value.code == "file.too_big"

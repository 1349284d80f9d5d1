"""A benchmark's own list of clips, with every way in which copies of it are written, beside a protocol's clips."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers_corpora import trap_tree
from tests.test_cli import refused, run
from unimer.errors import InputError
from unimer.folds import Member
from unimer.lists import compare, read_list

MEMBERS = [
    Member("casme2/sub01/EP02_01f", "casme2", "casme2/sub01", "positive", "casme2"),
    Member("mine/006/006_1_2", "mine", "samm/006", "negative", "samm"),
    Member("smic/s01/s1_ne_01", "smic", "smic/s01", "negative", "smic/hs"),
]
OFFICIAL = "casme2,sub01,EP02_01f,1\nsamm,006,006_1_2,0\nsmic,s01,s01_ne_01,0\n"
WITH_HEADER = """dataset,sub,filename_o,label,apex,imagename,sub_filename
casme2,sub01,EP02_01f,1,,sub01_EP02_01f.jpg,
smic,s01,s01_ne_01,0,,s01_s1_ne_01.jpg,
samm,006,006_1_2,0,,006_006_1_2.jpg,
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "list.csv"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "text",
    [
        OFFICIAL,
        WITH_HEADER,
        OFFICIAL.replace("samm,006", "samm,6"),
        OFFICIAL.replace(",", ";").replace("\n", "\r\n"),
        "label,clip,subject,dataset\npositive,EP02_01f,1,CASME II\n0.0,006_1_2,6,SAMM\nNegative,s1_ne_01,1,SMIC-HS\n",
    ],
)
def test_every_way_to_write_the_list_is_the_same_list(text: str, tmp_path: Path) -> None:
    assert compare(MEMBERS, read_list(written(tmp_path, text))) == []


def test_what_differs_is_named(tmp_path: Path) -> None:
    text = OFFICIAL.replace("EP02_01f,1", "EP02_01f,2").replace("006_1_2", "006_1_3")
    assert compare(MEMBERS, read_list(written(tmp_path, text))) == [
        "1 clips in the list, but not here: samm/006/006_1_3",
        "1 clips here, but not in the list: mine/006/006_1_2",
        "1 clips of another class than in the list: casme2/sub01/EP02_01f positive for surprise",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no rows"),
        ("dataset,sub,label\nsamm,6,1\n", "row 1: the column 'clip' is missing"),
        ("samm,006,006_1_2,0\nsamm,6,006_1_2,1\n", "row 2: samm 6 006_1_2 stands there twice"),
        ("samm,006,006_1_2\n", "row 1: the row lacks a cell"),
    ],
)
def test_what_is_no_list(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        read_list(written(tmp_path, text))


def test_splits_against_a_list(tmp_path: Path) -> None:
    corpora = [x for name in ("casme2", "samm", "smic") for x in ("--corpus", f"{name}={trap_tree(name, tmp_path)}")]
    command = ["splits", "--protocol", "megc2019", *corpora, "--out", tmp_path / "folds.csv"]
    result = run(*command, "--against", written(tmp_path, OFFICIAL))
    assert result.returncode == 1
    assert "finding: 1 clips in the list, but not here: smic/s01/s01_ne_01" in result.stderr
    assert "finding: 11 clips here, but not in the list: " in result.stderr
    (tmp_path / "folds.csv").unlink()
    assert "the row lacks a cell" in refused(*command, "--against", written(tmp_path, "a,b\n"))
    assert not (tmp_path / "folds.csv").exists()

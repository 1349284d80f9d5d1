"""``unimer inspect``: what is found beside what is published, every change and every loss, and the exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import pytest

from tests.test_cli import refused, run
from unimer.corpora.cards import load_card
from unimer.inspection import inspect
from unimer.settings import CorpusSettings
from unimer.synth import make_traps
from unimer.synth.layouts.base import Cell, write_tiny, write_workbook
from unimer.synth.layouts.casme2 import CODING, HEADER


def spread(total: int, rows: int) -> list[int]:
    """Whole numbers that differ by at most one and add up to the total."""
    return [total // rows + (i < total % rows) for i in range(rows)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree with the published counts and frame sums of CASME II (2014), the single frames made up."""
    root = tmp_path_factory.mktemp("whole")
    counts = load_card("casme2").counts["2014"]
    emotions = [name for name, n in counts.emotion.items() for _ in range(n)]
    onsets, offsets = spread(15704, 255), spread(32587, 255)
    apexes: list[Cell] = [*spread(23914, 254), "/"]
    rows: list[list[Cell]] = [HEADER]
    for i, emotion in enumerate(emotions):
        subject, clip = f"{i % 26 + 1:02d}", f"EP{i // 26 + 1:02d}_01"
        rows.append([subject, clip, None, onsets[i], apexes[i], offsets[i], None, "4+7", emotion])
        frames = [onsets[i], *([apexes[i]] if isinstance(apexes[i], int) else []), offsets[i]]
        write_tiny(root / "Cropped" / f"sub{subject}" / clip, [int(str(n)) for n in frames], "reg_img{}.jpg")
    write_workbook(root / CODING, {"Sheet1": rows})
    return root


def test_a_whole_corpus_has_no_finding(whole: Path) -> None:
    result = run("inspect", "--corpus", "casme2", "--root", whole)
    assert result.returncode == 0, result.stdout
    assert "255 rows = 255 clips + 0 rejected; 255 folders, 0 of them without a row" in result.stdout
    assert "differs" not in result.stdout
    assert "Signed licence agreement" in result.stdout
    assert "PLoS ONE" in result.stdout


def test_another_version_differs(whole: Path) -> None:
    """The same tree as 2019: three emotions and the objective classes are not those published."""
    found = inspect(CorpusSettings(corpus="casme2", root=str(whole), annotations=CODING))
    assert (found.version, found.findings) == ("2014", 0)
    (whole / "CASME2-coding-20190701.xlsx").write_bytes((whole / CODING).read_bytes())
    result = run("inspect", "--root", whole, "--corpus", "casme2", "--set", "version=2019", "--json")
    (whole / "CASME2-coding-20190701.xlsx").unlink()
    assert result.returncode == 1
    wrong = {c["what"]: c["found"] for c in json.loads(result.stdout)["checks"] if c["found"] != c["published"]}
    assert wrong.pop("emotion surprise") == 25
    assert wrong.pop("emotion sadness") == 7
    assert {what.split()[0] for what in wrong} == {"objective"}


def test_everything_that_was_done_is_listed(tmp_path: Path) -> None:
    root = tmp_path / "x"
    make_traps("casme2", root)
    (root / "Cropped" / "Cropped" / "sub01" / "EP02_01f" / "reg_img59.jpg").unlink()
    write_tiny(root / "Cropped" / "Cropped" / "sub26" / "EP01_01", [1], "reg_img{}.jpg")
    result = run("inspect", "--root", root, "--set", "corrections=community", "--json")
    assert result.returncode == 1
    assert "this looks like casme2" in result.stderr
    found = json.loads(result.stdout)
    assert found["rows"] == found["clips"] + len(found["rejected"]) == 7
    assert found["folders"] == 9
    assert [note["clip_id"] for note in found["orphans"]] == ["casme2/sub09/EP02_02f", "casme2/sub26/EP01_01"]
    assert {note["clip_id"] for note in found["corrected"]} == {
        "casme2/sub04/EP12_01f",
        "casme2/sub05/EP09_05f",
        "casme2/sub05/EP16_04f",
        "casme2/sub07/EP06_01",
    }
    assert found["snapped"] == [{"clip_id": "casme2/sub01/EP02_01f", "code": "apex.snapped:59->58", "message": ""}]
    assert found["flags"] == {"au.unknown": 1, "objective.missing": 1}
    assert found["by_subject"]["sub01"] == {"disgust": 1, "happiness": 1}


def test_missing_frames_are_findings(tmp_path: Path) -> None:
    root = tmp_path / "x"
    make_traps("casme2", root)
    (root / "Cropped" / "Cropped" / "sub07" / "EP06_01").rename(tmp_path / "elsewhere")
    result = run("inspect", "--root", root)
    assert result.returncode == 1
    assert "rejected: 1" in result.stdout
    assert "casme2/sub07/EP06_01  frames.missing" in result.stdout


def test_a_picture_of_the_balance(whole: Path, tmp_path: Path) -> None:
    assert run("inspect", "--corpus", "casme2", "--root", whole, "--plot", tmp_path / "balance.png").returncode == 0
    picture = cv2.imread(str(tmp_path / "balance.png"))
    assert picture is not None
    assert picture.std() > 10, "something is drawn"


def test_folders_that_are_not_read_are_listed(tmp_path: Path) -> None:
    """A folder that was renamed is a row without frames and a folder that is called like no clip."""
    root = tmp_path / "x"
    make_traps("casme2", root)
    clips = root / "Cropped" / "Cropped" / "sub01"
    (clips / "EP02_01f").rename(clips / "EP02_01f - Copy")
    write_tiny(root / "CASME2-RAW" / "sub01" / "EP03_02", [131, 161, 181], "img{}.jpg")
    result = run("inspect", "--root", root / "Cropped", "--json", "--annotations", root / CODING)
    assert json.loads(result.stdout)["unread"] == ["Cropped/sub01/EP02_01f - Copy"]
    result = run("inspect", "--root", root)
    assert "7 rows = 1 clips + 6 rejected; 1 folders, 0 of them without a row" in result.stdout
    assert "other folders, which are not read: 8" in result.stdout
    assert "  Cropped/Cropped/sub01/EP02_01f - Copy\n" in result.stdout


def test_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    assert "looks like no corpus" in refused("inspect", "--root", tmp_path / "x")
    assert "no such folder" in refused("inspect", "--root", tmp_path / "y")
    assert "no reader is called 'casme9'" in refused("inspect", "--root", tmp_path / "x", "--corpus", "casme9")
    assert "no picture format" in refused("inspect", "--root", tmp_path / "x", "--plot", tmp_path / "a.doc")
    make_traps("casme2", tmp_path / "z")
    assert "The folder looks like casme2" in refused("inspect", "--root", tmp_path / "z", "--corpus", "generic")
    assert "Did you mean apex.covered?" in refused("inspect", "--root", tmp_path / "z", "--set", "drop=[apex.coverd]")
    assert "did you mean 'version'" in refused("inspect", "--root", tmp_path / "z", "--set", "versoin=2019")

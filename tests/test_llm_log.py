"""The request log: survives kills, torn lines and full disks; one writer; pictures only as hashes."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from unimer.errors import InputError, OutputError
from unimer.llm.answers import Answer, Ask
from unimer.llm.log import RequestLog

HOLD = "import sys, time; from pathlib import Path; from unimer.llm.log import RequestLog\n"


def an_ask(number: int) -> Ask:
    return Ask(
        endpoint="http://host/v1", payload={"model": "m", "messages": [{"role": "user", "content": str(number)}]}
    )


def filled(path: Path, count: int) -> list[Ask]:
    asks = [an_ask(i) for i in range(count)]
    with RequestLog(path) as log:
        for i, ask in enumerate(asks):
            log.put(ask.key, ask, Answer(text=f"answer {i} — ünïcode", tokens_in=i))
    return asks


def test_answers_come_back_also_from_another_log_on_the_same_file(tmp_path: Path) -> None:
    asks = filled(tmp_path / "log.jsonl", 20)
    with RequestLog(tmp_path / "log.jsonl") as log:
        assert len(log) == 20
        assert log.get(asks[7].key) == Answer(text="answer 7 — ünïcode", tokens_in=7)
        assert log.get(an_ask(99).key) is None
        assert asks[3].key in log
        assert an_ask(99).key not in log


def test_the_first_answer_stands(tmp_path: Path) -> None:
    (ask,) = filled(tmp_path / "log.jsonl", 1)
    with RequestLog(tmp_path / "log.jsonl") as log:
        log.put(ask.key, ask, Answer(text="another"))
        assert log.get(ask.key) == Answer(text="answer 0 — ünïcode")
    assert len((tmp_path / "log.jsonl").read_text().splitlines()) == 1


@pytest.mark.parametrize("cut", [1, 2, 30, 200])
def test_a_torn_last_line_is_cut_and_the_rest_stays(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "log.jsonl"
    asks = filled(path, 3)
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    with RequestLog(path) as log:
        assert [ask.key in log for ask in asks] == [True, True, False]
        log.put(asks[2].key, asks[2], Answer(text="again"))
    with RequestLog(path) as log:
        assert log.get(asks[1].key) == Answer(text="answer 1 — ünïcode", tokens_in=1)
        assert log.get(asks[2].key) == Answer(text="again")
        assert log.damaged == 0


def test_a_damaged_line_is_skipped_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    asks = filled(path, 3)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b"\0" * 80 + b"\n" + lines[2])
    with RequestLog(path) as log:
        assert log.damaged == 1
        assert [ask.key in log for ask in asks] == [True, False, True]
        assert log.get(asks[2].key) == Answer(text="answer 2 — ünïcode", tokens_in=2)


def test_a_line_changed_by_hand_is_named(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    (ask,) = filled(path, 1)
    path.write_text(path.read_text().replace('"tokens_in"', '"tokens"'))
    with RequestLog(path) as log, pytest.raises(InputError, match=r"log\.jsonl: line at byte 0: answer\.tokens"):
        log.get(ask.key)


def test_two_cannot_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    with RequestLog(path), pytest.raises(InputError, match="another process"):
        RequestLog(path)
    with RequestLog(path) as log:
        assert len(log) == 0


def test_a_killed_process_leaves_its_answers_and_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    code = (
        f"{HOLD}from tests.test_llm_log import an_ask, Answer\nlog = RequestLog(Path(sys.argv[1]))\n"
        "for i in range(50): log.put(an_ask(i).key, an_ask(i), Answer(text=str(i)))\nprint('put', flush=True)\n"
        "time.sleep(60)"
    )
    root = Path(__file__).parent.parent
    process = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, cwd=root)
    assert process.stdout is not None
    assert process.stdout.readline() == b"put\n"
    with pytest.raises(InputError, match="another process"):
        RequestLog(path)
    process.kill()
    process.wait()
    process.stdout.close()
    with RequestLog(path) as log:
        assert [log.get(an_ask(i).key) for i in range(50)] == [Answer(text=str(i)) for i in range(50)]


def test_a_full_disk_leaves_the_log_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log.jsonl"
    asks = filled(path, 2)
    before = path.read_bytes()
    real, calls = os.pwrite, []

    def full(file: int, data: bytes, place: int) -> int:
        calls.append(place)
        if len(calls) == 1:
            return real(file, data[:10], place)  # the disk takes some, then it is full
        raise OSError(errno.ENOSPC, "no space left")

    with RequestLog(path) as log:
        monkeypatch.setattr(os, "pwrite", full)
        with pytest.raises(OutputError, match="disk is full"):
            log.put(an_ask(5).key, an_ask(5), Answer(text="x"))
        monkeypatch.undo()
        assert path.read_bytes() == before
        log.put(an_ask(6).key, an_ask(6), Answer(text="y"))
        assert log.get(an_ask(6).key) == Answer(text="y")
        assert log.get(asks[1].key) is not None


def test_pictures_are_logged_as_hashes(tmp_path: Path) -> None:
    url = "data:image/png;base64," + "QUJD" * 1000
    content = [{"type": "text", "text": "see"}, {"type": "image_url", "image_url": {"url": url}}]
    ask = Ask(endpoint="http://host/v1", payload={"messages": [{"role": "user", "content": content}]})
    other = Ask(endpoint="http://host/v1", payload={"messages": [{"role": "user", "content": url}]})
    with RequestLog(tmp_path / "log.jsonl") as log:
        log.put(ask.key, ask, Answer(text="seen"))
        assert log.get(ask.key) == Answer(text="seen")
        assert log.get(other.key) is None
    text = (tmp_path / "log.jsonl").read_text()
    assert "QUJDQUJD" not in text
    assert '"url":"data:sha256,' in text


def test_a_folder_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").mkdir()
    with pytest.raises(OutputError, match=r"log\.jsonl"):
        RequestLog(tmp_path / "log.jsonl")

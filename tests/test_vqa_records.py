"""Reading what the organisers and entrants have published, and writing it back unchanged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers_vqa import write_jsonl
from unimer.errors import InputError, OutputError
from unimer.vqa.records import Row, dataset_of, read_rows, write_rows

TRAIN = {
    "id": "samm_006_1_2_1",
    "dataset": "samm",
    "image_id": "006_1_2",
    "subject": "6",
    "filename": "006_1_2",
    "question": "What is the coarse expression class?",
    "answer": "negative",
}
EARLY_TEST = {
    "id": "samm_test_dzw_a1_338_1",
    "dataset": "samm_test",
    "image_id": "dzw_a1_338",
    "subject": "dzw",
    "filename": "a1",
    "onset_frame": 338,
    "offset_frame": 346,
    "question": "What is the coarse expression class?",
    "answer": "",
}
LONG = {
    "video_id": "casme3_train_spNO.1_a_1",
    "video": "spNO.1_a",
    "question": "How many expression events appear in this video?",
    "answer": 4,
}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
ROWS = st.builds(
    lambda extra, name, question, answer: {**extra, "video_id": name, "question": question, "answer": answer},
    st.dictionaries(st.text(max_size=8).filter(lambda key: key not in ("pred", "prediction", "response")), JSON),
    st.text(min_size=1),
    st.text(min_size=1).filter(lambda text: bool(text.strip())),
    st.text() | st.integers(-(10**9), 10**9),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROWS, min_size=1, max_size=4))
def test_what_is_written_is_read(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    path = tmp_path / "rows.jsonl"
    assert write_rows(path, rows) == len(rows)
    found = read_rows(path)
    assert [dict(row.keys) for row in found] == rows
    assert [list(row.keys) for row in found] == [list(row) for row in rows]
    assert [row.answer for row in found] == [row["answer"] for row in rows]
    assert [row.line for row in found] == list(range(1, len(rows) + 1))


def test_the_three_shapes(tmp_path: Path) -> None:
    train, test, long = read_rows(write_jsonl(tmp_path / "rows.jsonl", TRAIN, EARLY_TEST, LONG))
    assert (train.id, train.video, train.subject, train.answer) == ("samm_006_1_2_1", "006_1_2", "6", "negative")
    assert (test.id, test.video, test.text, test.keys["onset_frame"]) == (EARLY_TEST["id"], "dzw_a1_338", "", 338)
    assert (long.id, long.video, long.answer, long.text) == (LONG["video_id"], "spNO.1_a", 4, "4")


def test_quirks_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    lines = [{**TRAIN, "subject": 6}, {**LONG, "answer": 4.0}, {**TRAIN, "answer": None}]
    text = "\r\n\r\n".join(json.dumps(line) for line in lines)
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    number, count, unanswered = read_rows(path)
    assert number.subject == "6"
    assert (count.answer, type(count.answer)) == (4, int)
    assert (unanswered.answer, unanswered.line) == ("", 5)


def test_a_lone_surrogate_goes_out_as_it_came_in(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": "1", "question": "\\ud800 ü?", "answer": "a"}\n', encoding="utf-8")
    (row,) = read_rows(path)
    write_rows(tmp_path / "again.jsonl", [row.keys])
    assert (tmp_path / "again.jsonl").read_text(encoding="utf-8") == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"{", "not JSON"),
        (b"[1]", "not a JSON object"),
        (b"\xff{}", "not UTF-8"),
        (b"[" * 100_000, "not JSON"),
        (b'{"question": "q"}', "neither 'video_id' nor 'id'"),
        (b'{"id": "", "question": "q"}', "neither 'video_id' nor 'id'"),
        (b'{"id": "1"}', "no 'question'"),
        (b'{"id": "1", "question": 3}', "'question' is not text"),
        (b'{"id": "1", "question": "q", "answer": ["a"]}', "'answer' is neither text nor a whole number"),
        (b'{"id": "1", "question": "q", "answer": true}', "'answer' is neither text nor a whole number"),
        (b'{"id": "1", "question": "q", "answer": 1.5}', "'answer' is neither text nor a whole number"),
        (b'{"id": "1", "question": "q", "answer": Infinity}', "'answer' is neither text nor a whole number"),
        (b'{"id": "1", "question": "q", "pred": {}}', "'pred' is neither text nor a whole number"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, line: bytes, message: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(json.dumps(TRAIN).encode() + b"\n" + line + b"\n")
    with pytest.raises(InputError) as caught:
        read_rows(path)
    assert str(caught.value).startswith(f"{path}, row 2: ")
    assert message in str(caught.value)


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no rows"):
        read_rows(write_jsonl(tmp_path / "empty.jsonl"))
    with pytest.raises(InputError, match="cannot be read"):
        read_rows(tmp_path / "none.jsonl")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError):
        write_rows(tmp_path / "folder", [TRAIN])


@pytest.mark.parametrize(
    ("keys", "name", "dataset"),
    [
        (TRAIN, "me_vqa_samm_casme2_smic.jsonl", "samm"),
        (EARLY_TEST, "me_vqa_casme3_test_to_answer.jsonl", "casme3"),  # calls itself samm_test
        (EARLY_TEST, "other.jsonl", "samm"),
        (LONG, "me_lvqa_samm_casme3.jsonl", "casme3"),
        ({"video_id": "samm_test_1_001_2_1"}, "me_lvqa_samm_test_pred.jsonl", "samm"),
        ({"video_id": "casme3_test_CAS-1_1"}, "me_vqa_casme3_v2_test_pred.jsonl", "casme3"),
        ({"id": "1"}, "rows.jsonl", "unknown"),
    ],
)
def test_dataset(keys: dict[str, Any], name: str, dataset: str) -> None:
    assert dataset_of(Row(keys), Path(name)) == dataset

"""Calibration on builds made by hand."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.helpers_evidence import SETTINGS, label, lost, motion, moves, region
from unimer.calibrate import AUCalibration, Calibration, area, calibrate, calibrate_records, plot, table
from unimer.errors import InputError, OutputError
from unimer.evidence import weigh
from unimer.records import AULabel, Clip, ClipRecord, FrameSource, Labels, Manifest, Motion
from unimer.settings import EvidenceSettings


def record(number: int, subject: Motion | None, *labels: AULabel) -> ClipRecord:
    clip = Clip(
        id=f"c/s/{number}", corpus="c", subject="s", clip=str(number), frames=FrameSource(kind="folder", path="f")
    )
    evidence = None if subject is None else weigh(list(labels), subject, SETTINGS)
    return ClipRecord(clip=clip, labels=Labels(aus=list(labels)), motion=subject, evidence=evidence)


def chin(*heights: float) -> list[Motion]:
    return [moves(chin=(0, height)) for height in heights]


def records() -> list[ClipRecord]:
    """AU 17: 6 clips with it, of which 4 pass and 1 is contradicted; 8 without, of which 2 would pass."""
    with_au = [record(i, m, label(17)) for i, m in enumerate(chin(1, 1.2, 1.4, 1.6, 0.1, -1))]
    without = [record(10 + i, m, label(12)) for i, m in enumerate(chin(1.3, 0.9, 0.1, 0, 0, -0.2, -1, -1.1))]
    return with_au + without


def write(folder: Path, lines: list[ClipRecord], settings: EvidenceSettings | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "clips.jsonl").write_text("".join(f"{line.model_dump_json()}\n" for line in lines), encoding="utf-8")
    if settings is not None:
        manifest = Manifest(
            unimer="0",
            settings={"evidence": settings.model_dump()},
            settings_sha256="0",
            versions={},
            sources=[],
            counts={},
            tasks={},
            splits={},
            reasons={},
            label_sources={},
            verdicts={},
            files={},
        )
        (folder / "manifest.json").write_text(manifest.model_dump_json(), encoding="utf-8")
    return folder


def row_of(calibration: Calibration, au: int) -> AUCalibration:
    return next(row for row in calibration.rows if row.au == au)


def test_rates_and_auc_of_one_au(tmp_path: Path) -> None:
    calibration = calibrate(write(tmp_path / "build", records()))
    row = row_of(calibration, 17)

    assert calibration.clips == 14
    assert (row.clips_with, row.clips_without, row.measured_with, row.measured_without) == (6, 8, 6, 8)
    assert row.pass_with == pytest.approx(4 / 6, abs=1e-4)
    assert row.pass_without == 2 / 8
    assert row.contradicted_with == pytest.approx(1 / 6, abs=1e-4)
    assert row.contradicted_without == 2 / 8
    # Pairs won: 1 beats 7, 1.2 beats 7, 1.4 and 1.6 beat 8, 0.1 beats 5 and ties one, -1 beats 1 and ties one.
    assert row.auc == pytest.approx((7 + 7 + 8 + 8 + 5.5 + 1.5) / 48, abs=1e-4)


def test_the_manifests_thresholds_are_used_unless_others_are_given(tmp_path: Path) -> None:
    build = write(tmp_path / "build", records(), EvidenceSettings(floor_multiple=13))
    assert row_of(calibrate(build), 17).pass_with == pytest.approx(2 / 6, abs=1e-4)
    assert row_of(calibrate(build, SETTINGS), 17).pass_with == pytest.approx(4 / 6, abs=1e-4)
    assert calibrate(build).evidence.floor_multiple == 13


def test_what_could_not_be_measured_is_counted_but_in_no_rate() -> None:
    lines = [record(1, motion(lost("chin")), label(17)), record(2, moves(chin=(0, 1)), label(17))]
    row = row_of(calibrate_records(lines, SETTINGS), 17)
    assert (row.clips_with, row.measured_with, row.pass_with) == (2, 1, 1.0)
    assert row.pass_without is None
    assert row.auc is None


def test_clips_without_motion_or_without_any_label_do_not_count() -> None:
    lines = [record(1, moves(chin=(0, 1)), label(17)), record(2, None, label(17)), record(3, moves(chin=(0, 1)))]
    calibration = calibrate_records(lines, SETTINGS)
    assert calibration.clips == 1
    assert (calibration.rows[0].clips_with, calibration.rows[0].clips_without) == (1, 0)


def test_a_doubtful_label_is_neither_present_nor_absent() -> None:
    doubtful = AULabel(au=17, doubtful=True)
    lines = [record(1, moves(chin=(0, 1)), doubtful, label(12)), record(2, moves(chin=(0, 1)), label(17))]
    row = row_of(calibrate_records(lines, SETTINGS), 17)
    assert (row.clips_with, row.clips_without, row.measured_without) == (1, 0, 0)


def test_two_one_sided_labels_make_one_clip() -> None:
    brows = moves(inner_brow_left=(0, 1))
    row = row_of(calibrate_records([record(1, brows, label(1, "left"), label(1, "right"))], SETTINGS), 1)
    assert (row.clips_with, row.pass_with) == (1, 1.0)


def test_a_one_sided_label_passes_on_its_own_side_only() -> None:
    brows = moves(inner_brow_left=(0, 1))
    row = row_of(calibrate_records([record(1, brows, label(1, "right"))], SETTINGS), 1)
    assert row.pass_with == 0.0


def test_an_unobservable_au_has_counts_and_no_rates() -> None:
    row = row_of(calibrate_records([record(1, motion(), label(6)), record(2, motion(), label(12))], SETTINGS), 6)
    assert (row.reliability, row.clips_with, row.clips_without, row.measured_with) == ("unobservable", 1, 1, 0)
    assert row.pass_with is row.pass_without is row.auc is None


def test_json_comes_back_equal() -> None:
    calibration = calibrate_records(records(), SETTINGS)
    assert Calibration.model_validate_json(calibration.model_dump_json()) == calibration


@pytest.mark.parametrize(
    ("positive", "negative", "expected"),
    [([2, 3], [0, 1], 1.0), ([0, 1], [2, 3], 0.0), ([1, 1], [1, 1], 0.5), ([1, 2], [1, 0], 0.875)],
)
def test_area_counts_ties_half(positive: list[float], negative: list[float], expected: float) -> None:
    assert area(positive, negative, enough=2) == expected
    assert area(negative, positive, enough=2) == 1 - expected
    assert area(positive, negative, enough=3) is None
    assert area([], negative, enough=0) is None


def test_a_folder_that_is_no_build_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(InputError, match=r"clips\.jsonl is missing"):
            calibrate(path)


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    build = write(tmp_path / "build", records()[:1])
    with (build / "clips.jsonl").open("a", encoding="utf-8") as lines:
        lines.write('{"clip": 3}\n')
    with pytest.raises(InputError, match="row 2"):
        calibrate(build)


def test_the_table_has_a_row_an_au() -> None:
    calibration = calibrate_records(records(), SETTINGS)
    assert table(calibration).row_count == len(calibration.rows) == 2


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_the_plot_is_a_picture(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "plots" / f"calibration.{ending}"
    lines = [*records(), record(30, motion(region("chin", 0, 1)), label(6))]
    plot(calibrate_records(lines, SETTINGS), path)
    if ending == "png":
        picture = cv2.imread(str(path))
        assert picture is not None
        blue, green, red = (picture.astype(int)[..., i] for i in range(3))
        assert np.count_nonzero(blue - red > 80) > 20  # the dots of the clips with the AU
        assert np.count_nonzero(red - blue > 80) > 20  # and of those without
        assert green.min() < 100
    else:
        text = path.read_text(encoding="utf-8")
        assert text.startswith("<?xml")
        assert "chin raiser" in text


def test_a_plot_of_an_empty_build_is_drawn(tmp_path: Path) -> None:
    plot(calibrate_records([], SETTINGS), tmp_path / "empty.png")
    assert cv2.imread(str(tmp_path / "empty.png")) is not None


def test_plot_errors_say_what_to_do(tmp_path: Path) -> None:
    calibration = calibrate_records(records(), SETTINGS)
    with pytest.raises(InputError, match=r"\.png"):
        plot(calibration, tmp_path / "calibration.xyz")
    (tmp_path / "file").touch()
    with pytest.raises(OutputError):
        plot(calibration, tmp_path / "file" / "calibration.png")

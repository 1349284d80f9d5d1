"""Writes a build's report.html: self-contained, with counts, calibration and a gallery."""

from __future__ import annotations

import base64
from itertools import islice
from pathlib import Path
from typing import Any

import cv2

from unimer.calibrate import calibrate
from unimer.card import VERDICTS, environment
from unimer.errors import InputError
from unimer.facs.table import au_table
from unimer.files import read_jsonl, write_text
from unimer.records import ClipRecord, Manifest, Rejection, Sample
from unimer.settings import EvidenceSettings

ACCEPTED, REJECTED = 12, 8
TEXTS = 3
LOOKED_AT = 500
"""Lines among which the gallery is chosen: enough for variety, and the time does not grow with the build."""
CAPTIONS = {"onset": "onset", "apex": "apex", "flow": "flow", "arrows": "regions that moved"}


def write_report(out: Path, manifest: Manifest) -> None:
    """Writes report.html from the JSONL files that already lie in the folder."""
    tiles = [(name.replace("_", " "), count) for name, count in manifest.counts.items()]
    html = (
        environment()
        .get_template("report.html.j2")
        .render(
            title=manifest.settings["title"],
            manifest=manifest,
            tiles=tiles,
            reasons=sorted(manifest.reasons.items(), key=lambda item: (-item[1], item[0])),
            verdict_names=VERDICTS,
            aus=_au_rows(out, manifest),
            galleries=[
                ("Accepted: a gallery", _accepted(out), False),
                ("Refused: a gallery", _rejected(out), True),
            ],
        )
    )
    write_text(out / "report.html", html)


def _au_rows(out: Path, manifest: Manifest) -> list[dict[str, Any]]:
    evidence = EvidenceSettings.model_validate(manifest.settings["evidence"])
    calibrated = {row.au: row for row in calibrate(out, evidence).rows}
    rows = []
    for name, counts in manifest.verdicts.items():
        number = int(name[2:])
        total = sum(counts.values())
        row = calibrated.get(number)
        unit = au_table().get(number)
        rows.append(
            {
                "au": name,
                "name": unit.name if unit else "not in the table",
                "total": total,
                "title": ", ".join(f"{counts[v]} {v}" for v in VERDICTS if v in counts),
                "shares": [(v, round(100 * counts[v] / total, 2)) for v in VERDICTS if v in counts],
                "with": _percent(row.pass_with if row else None),
                "without": _percent(row.pass_without if row else None),
                "auc": "—" if row is None or row.auc is None else f"{row.auc:.2f}",
            }
        )
    return rows


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{100 * share:.0f} %"


def _accepted(out: Path) -> list[dict[str, Any]]:
    """Clips with samples, first one for each set of supported AUs, then more until the gallery is full."""
    samples: dict[str, list[Sample]] = {}
    kinds: dict[str, tuple[str, ...]] = {}
    for sample in islice(read_jsonl(out / "unimer.jsonl", Sample), LOOKED_AT):
        kinds[sample.clip_id] = tuple(f"{v.au}{v.side}" for v in sample.evidence.aus if v.verdict == "supported")
        samples.setdefault(sample.clip_id, []).append(sample)
    seen: set[tuple[str, ...]] = set()
    firsts: list[str] = []
    rest: list[str] = []
    for clip_id, kind in kinds.items():
        (rest if kind in seen or not kind else firsts).append(clip_id)
        seen.add(kind)
    chosen = (firsts + rest)[:ACCEPTED]
    records = _records(out, set(chosen))
    order = {"full": 0, "motion_description": 1}
    cards = []
    for clip_id in chosen:
        texts = sorted(samples[clip_id], key=lambda s: order.get(s.task, 2))[:TEXTS]
        cards.append(_card(out, clip_id, records.get(clip_id), [_text(s) for s in texts], []))
    return cards


def _rejected(out: Path) -> list[dict[str, Any]]:
    """Refusals, first one for each reason, then more until the gallery is full."""
    firsts: list[Rejection] = []
    rest: list[Rejection] = []
    seen: set[str] = set()
    for rejection in islice(read_jsonl(out / "rejected.jsonl", Rejection), LOOKED_AT):
        code = rejection.reasons[0].code if rejection.reasons else ""
        if code not in seen:
            firsts.append(rejection)
        elif len(rest) < REJECTED:
            rest.append(rejection)
        seen.add(code)
    chosen = (firsts + rest)[:REJECTED]
    records = _records(out, {rejection.clip_id for rejection in chosen})
    return [
        _card(
            out,
            rejection.id,
            records.get(rejection.clip_id),
            [_text(rejection.sample)] if rejection.sample else [],
            list(rejection.reasons),
        )
        for rejection in chosen
    ]


def _records(out: Path, wanted: set[str]) -> dict[str, ClipRecord]:
    """The records of a few clips; other lines are skipped without being parsed."""
    found = {}
    with (out / "clips.jsonl").open("rb") as lines:
        for line in lines:
            if any(f'"id":"{clip_id}"'.encode() in line[:400] for clip_id in wanted):
                record = ClipRecord.model_validate_json(line)
                found[record.clip.id] = record
    return {clip_id: record for clip_id, record in found.items() if clip_id in wanted}


def _text(sample: Sample) -> tuple[str, str]:
    def said(role: str) -> str:
        return "\n".join(p.text for m in sample.messages if m.role == role for p in m.content if p.text)

    return said("user"), said("assistant")


def _card(
    out: Path, name: str, record: ClipRecord | None, texts: list[tuple[str, str]], reasons: list[Any]
) -> dict[str, Any]:
    facts: list[tuple[str, str]] = []
    pictures: list[tuple[str, str]] = []
    if record is not None:
        if record.labels.emotion:
            facts.append(("emotion", record.labels.emotion))
        if record.motion is not None:
            facts.append(("onset", str(record.motion.onset)))
            facts.append((f"apex ({record.motion.apex_origin})", str(record.motion.apex)))
            facts.append(("noise floor", f"{record.motion.noise_floor:.2f} %"))
            media = record.motion.media
            pictures = [(text, _data_uri(out / media[key])) for key, text in CAPTIONS.items() if key in media]
    verdicts = record.evidence.aus if record is not None and record.evidence is not None else []
    return {"id": name, "facts": facts, "pictures": pictures, "verdicts": verdicts, "texts": texts, "reasons": reasons}


def _data_uri(path: Path) -> str:
    """A picture as JPEG inside the page: a tenth of the PNG's size, and the page is for looking only."""
    picture = cv2.imread(str(path))
    if picture is None:
        raise InputError(
            "the picture cannot be read", path=path, remedy="delete the build's .unimer folder and build again"
        )
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 88])
    return "data:image/jpeg;base64," + base64.b64encode(bytes(data)).decode()

"""The command ``unimer splits``: the folds of an evaluation protocol as a file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from unimer.errors import SettingsError
from unimer.progress import console

if TYPE_CHECKING:  # loading these takes longer than printing the help
    from unimer.protocols import Division, Row
    from unimer.sources import Source


def splits(
    source: Annotated[Path | None, typer.Argument(help="Recipe (YAML) or build folder.")] = None,
    protocol: Annotated[str | None, typer.Option(help="Name of the protocol; see --list.")] = None,
    out: Annotated[Path | None, typer.Option(help="File to write, .jsonl or .csv.")] = None,
    corpus: Annotated[
        list[str] | None, typer.Option(help="Instead of a recipe: READER=ROOT, once for each corpus.")
    ] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="Change a setting: corpora.0.version=2019")
    ] = None,
    folds: Annotated[int | None, typer.Option(min=2, help="How many folds; kfold only. Default 10.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Who is in which fold; kfold only. Default 0.")] = None,
    against: Annotated[
        Path | None, typer.Option(help="CSV with dataset, subject, clip, class: each clip that differs is a finding.")
    ] = None,
    show_list: Annotated[bool, typer.Option("--list", help="List the protocols and stop.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")] = False,
) -> None:
    """Write who is trained on and who is tested in an evaluation protocol, and check its published counts."""
    from unimer import protocols
    from unimer.lists import compare, read_list

    if show_list:
        return _list(as_json)
    if protocol is None or out is None:
        raise SettingsError("give --protocol and --out, or --list")
    wanted = protocols.protocol(protocol)
    if wanted.folds != "kfold" and (folds, seed) != (None, None):
        raise SettingsError(f"--folds and --seed go with kfold; the folds of {protocol} are given")
    if out.suffix not in (".jsonl", ".csv"):
        raise SettingsError(f"--out {out}: the name must end in .jsonl or .csv")
    listed = None if against is None else read_list(against)
    given = _read(source, corpus or [], changes or [], out)
    division = protocols.divide(wanted, given.clips, 10 if folds is None else folds, seed or 0)
    if listed is not None:
        division = replace(division, findings=[*division.findings, *compare(division.members, listed)])
    document = _document(division, given, out, _write(division, out))
    if as_json:
        typer.echo(json.dumps(document, indent=1, ensure_ascii=False))
    else:
        _print(division, document)
    raise typer.Exit(1 if division.findings else 0)


def _read(source: Path | None, corpora: list[str], changes: list[str], out: Path) -> Source:
    from unimer.recipes import read_recipe
    from unimer.sources import clips_of_build, clips_of_corpora

    if (source is None) == (not corpora):
        raise SettingsError("give either a recipe or build folder, or --corpus READER=ROOT")
    if source is None:
        pairs = [each.partition("=") for each in corpora]
        if wrong := [each for each, (name, _, root) in zip(corpora, pairs, strict=True) if not (name and root)]:
            raise SettingsError(f"--corpus {wrong[0]}: expected READER=ROOT")
        base = {"corpora": [{"corpus": name, "root": root} for name, _, root in pairs]}
        return clips_of_corpora(read_recipe(None, changes, base).corpora)
    if not source.is_dir():
        return clips_of_corpora(read_recipe(source, changes).corpora)
    if changes:
        raise SettingsError("--set goes with a recipe; the settings of a build are what they were")
    if out.resolve().is_relative_to(source.resolve()):
        raise SettingsError(
            f"--out {out} lies in the build folder, whose manifest lists every file", remedy="Write it beside."
        )
    return clips_of_build(source)


def _write(division: Division, out: Path) -> tuple[int, str]:
    """Writes the file; its number of lines and sha256."""
    import csv
    import io

    from unimer.files import JsonlWriter, write_text
    from unimer.folds import FoldLine, lines

    if out.suffix == ".jsonl":
        with JsonlWriter(out) as writer:
            for line in lines(division.folds):
                writer.write(line)
        return writer.count, writer.sha256
    text = io.StringIO()
    table = csv.DictWriter(text, list(FoldLine.model_fields), lineterminator="\n")
    table.writeheader()
    table.writerows(line.model_dump() for line in lines(division.folds))
    return sum(len(fold.train) + len(fold.test) for fold in division.folds), write_text(out, text.getvalue())


def _document(division: Division, given: Source, out: Path, written: tuple[int, str]) -> dict[str, Any]:
    return {
        "protocol": division.protocol.name,
        "folds": len(division.folds),
        "clips": len(division.members),
        "persons": len({each.person for each in division.members}),
        "rows": [row.model_dump() for row in division.rows],
        "refused": given.refused,
        "findings": division.findings,
        "file": str(out),
        "lines": written[0],
        "sha256": written[1],
    }


def _list(as_json: bool) -> None:
    from rich.table import Table

    from unimer.protocols import protocols

    if as_json:
        tree = {name: each.model_dump(exclude={"name"}) for name, each in protocols().items()}
        typer.echo(json.dumps(tree, indent=1, ensure_ascii=False))
        return
    table = Table("protocol", "folds", "what it is", "corpora and published clips")
    for name, each in protocols().items():
        needed = [f"{g.name} {' or '.join(str(counts.clips) for counts in g.counts)}" for g in each.groups if g.name]
        table.add_row(name, each.folds, each.title, ", ".join(needed) or "any")
    console(stderr=False).print(table)


def _print(division: Division, document: dict[str, Any]) -> None:
    from rich.table import Table

    table = Table("corpus", "class", "clips", "published")
    for row in division.rows:
        _add(table, row)
    say = console().print
    say(table)
    for row in division.rows:
        for reason, n in row.left_out.items():
            say(f"left out: {n} of {row.name}: {reason}")
    for name, n in document["refused"].items():
        say(f"not read: {n} rows or folders of {name}; `unimer inspect` says which and why")
    for finding in division.findings:
        say(f"finding: {finding}")
    say(
        f"{document['file']}: {document['folds']} folds of {document['clips']} clips and "
        f"{document['persons']} persons, {document['lines']} lines"
    )


def _add(table: Any, row: Row) -> None:
    """A line for each class of a corpus, one for all of them and one for its persons."""
    published = row.published
    found = {**row.classes, "all": row.clips, "persons": row.persons}
    wanted = {**published.classes, "all": published.clips, "persons": published.persons} if published else {}
    if not (row.clips or published):
        return
    for name, n in found.items():
        expected = wanted.get(name)
        table.add_row(row.name, name, str(n), "" if expected is None else str(expected), end_section=name == "persons")

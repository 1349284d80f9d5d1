"""The command line: parses, calls the library, prints. Data and ``--json`` go to stdout, all else to stderr."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

from unimer.audit_command import app as audit_app
from unimer.batch_command import app as batch_app
from unimer.entry import run
from unimer.errors import SettingsError
from unimer.plan_command import plan
from unimer.progress import Bar, LiveTable, console
from unimer.splits_command import splits
from unimer.vqa.command import app as vqa_app

app = typer.Typer(
    name="unimer",
    help="Build, check and explain Uni-MER: instruction data for micro-expressions in which every statement is "
    "carried by both the Action Unit label and the measured motion.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.add_typer(vqa_app, name="vqa")
app.add_typer(audit_app, name="audit")
app.add_typer(batch_app, name="batch")


def main() -> None:
    """Entry point."""
    run(app, "unimer")


def _print_version(wanted: bool) -> None:
    if wanted:
        from unimer import __version__

        typer.echo(f"unimer {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


Out = Annotated[Path, typer.Option("--out", help="Build folder; an interrupted build in it goes on.")]


@app.command()
def build(
    out: Out,
    recipe: Annotated[Path | None, typer.Argument(help="Recipe (YAML); see pipelines/ and docs/recipes.md.")] = None,
    corpus: Annotated[str | None, typer.Option(help="Without a recipe: the reader, e.g. casme2 or video.")] = None,
    root: Annotated[Path | None, typer.Option(help="Without a recipe: the corpus folder or file.")] = None,
    annotations: Annotated[Path | None, typer.Option(help="Coding file, if not found under the root.")] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="Change a setting: motion.preset=accurate, corpora.0.root=/data")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
) -> None:
    """Build Uni-MER from corpora on disk: JSONL, pictures, flow, data card and report."""
    from unimer.build import build as run
    from unimer.recipes import read_recipe

    if (recipe is None) == (corpus is None):
        raise SettingsError("give either a recipe or --corpus with --root")
    if recipe is not None and (root is not None or annotations is not None):
        raise SettingsError("--root and --annotations go with --corpus; with a recipe say --set corpora.0.root=...")
    base = None
    if corpus is not None:
        if root is None:
            raise SettingsError(f"--corpus {corpus} needs --root, the folder that holds it")
        entry: dict[str, Any] = {"corpus": corpus, "root": str(root)}
        if annotations is not None:
            entry["annotations"] = str(annotations)
        base = {"corpora": [entry]}
    settings = read_recipe(recipe, changes or [], base)
    try:
        with Bar("clips") as step, LiveTable() as writing:
            result = run(settings, out, workers, lambda p: step(p.done, p.total), writing)
    except KeyboardInterrupt:  # typer would turn it into a bare "Aborted."
        console().print("unimer: interrupted; the same command goes on from here")
        raise typer.Exit(130) from None
    _print_build(out, result.manifest.counts, result.manifest.reasons, result.redone)
    for name, n in result.manifest.writing.items():
        console().print(f"  {n:6d}  {name}")


def _print_build(out: Path, counts: dict[str, int], reasons: dict[str, int], redone: dict[str, int]) -> None:
    say = console().print
    say(
        f"{counts['samples']} samples from {counts['clips']} clips "
        f"({counts['grounded_clips']} grounded; motion measured anew for {redone.get('motion', 0)}, "
        f"text written anew for {redone.get('text', 0)}), {counts['rejections']} rejections"
    )
    for code, n in sorted(reasons.items(), key=lambda item: (-item[1], item[0])):
        say(f"  {n:6d}  {code}")
    say(f"{out}/unimer.jsonl   {out}/report.html   {out}/README.md")


@app.command()
def validate(
    path: Annotated[Path, typer.Argument(help="A build folder or any Uni-MER JSONL file.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")] = False,
    strict: Annotated[bool, typer.Option(help="Warnings count as findings.")] = False,
) -> None:
    """Check every record, every file and every claim of every text against the stored evidence."""
    from unimer.validate import validate as run

    with Bar("lines") as step:
        report = run(path, lambda done, total: step(done, total))
    if as_json:
        typer.echo(report.model_dump_json(indent=1))
    else:
        say = console().print
        for finding in report.findings:
            say(f"{finding.file}:{finding.line}: {finding.level} {finding.code} {finding.id}: {finding.message}")
        say(
            f"{report.samples} samples, {report.claims} claims checked: "
            f"{report.errors} errors, {report.warnings} warnings"
        )
    raise typer.Exit(1 if report.errors or (strict and report.warnings) else 0)


@app.command()
def calibrate(
    path: Annotated[Path, typer.Argument(help="A build folder.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")] = False,
    plot: Annotated[Path | None, typer.Option(help="Write the plot to this PNG or SVG file.")] = None,
) -> None:
    """How well each Action Unit's rule tells clips with the label from clips without it."""
    from unimer import calibrate as module

    calibration = module.calibrate(path)
    if plot is not None:
        module.plot(calibration, plot)
    if as_json:
        typer.echo(calibration.model_dump_json(indent=1))
    else:
        console(stderr=False).print(module.table(calibration))


@app.command()
def show(
    path: Annotated[Path, typer.Argument(help="A build folder or a Uni-MER JSONL file.")],
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many samples.")] = 3,
    task: Annotated[str | None, typer.Option(help="Only this task, e.g. full.")] = None,
) -> None:
    """Print samples as a person reads them: question, answer and the evidence behind it."""
    from unimer.show import show as run

    run(path, count, task, console(stderr=False))


@app.command()
def schema(
    record: Annotated[str | None, typer.Argument(help="One record, e.g. sample; all of them where not given.")] = None,
) -> None:
    """Print the JSON Schema of the records."""
    from unimer.records import SCHEMAS

    if record is None:
        typer.echo(json.dumps({name: kind.model_json_schema() for name, kind in SCHEMAS.items()}, indent=1))
    elif record in SCHEMAS:
        typer.echo(json.dumps(SCHEMAS[record].model_json_schema(), indent=1))
    else:
        raise SettingsError(f"no record is called '{record}'; there are {', '.join(SCHEMAS)}")


@app.command()
def corpora(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")] = False,
) -> None:
    """List the corpora that can be read, their licences and how to get access."""
    from rich.table import Table

    from unimer.corpora import names
    from unimer.resources import load_yaml

    cards = {name: load_yaml(f"data_cards/{name}.yaml") for name in names()}
    if as_json:
        typer.echo(json.dumps(cards, indent=1, ensure_ascii=False))
        return
    table = Table("corpus", "title", "licence", "access")
    for name, card in cards.items():
        table.add_row(name, card["title"], card["licence"], card["access"])
    console(stderr=False).print(table)


@app.command()
def inspect(
    root: Annotated[Path, typer.Option(help="Folder that holds the corpus.")],
    corpus: Annotated[str | None, typer.Option(help="The reader; default: what the folder looks like.")] = None,
    annotations: Annotated[Path | None, typer.Option(help="Coding file, if not found under the root.")] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="Change a setting of the corpus: version=2019, corrections=none")
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw classes and subjects to this PNG, SVG or PDF file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")] = False,
) -> None:
    """Compare a corpus folder with the published counts; list what is missing, corrected or left over."""
    from unimer import inspection as module
    from unimer.figures import check_picture_name
    from unimer.recipes import read_recipe

    if plot is not None:
        check_picture_name(plot)
    entry: dict[str, Any] = {"corpus": corpus or _looks_like(root), "root": str(root)}
    if annotations is not None:
        entry["annotations"] = str(annotations)
    settings = read_recipe(None, [f"corpora.0.{change}" for change in changes or []], {"corpora": [entry]})
    with console().status("reading") if console().is_terminal else nullcontext():
        result = module.inspect(settings.corpora[0])
    if plot is not None:
        module.plot(result, plot)
    if as_json:
        typer.echo(result.model_dump_json(indent=1))
    else:
        module.show(result, console(stderr=False))
    raise typer.Exit(1 if result.findings else 0)


def _looks_like(root: Path) -> str:
    from unimer.corpora import recognise
    from unimer.errors import InputError

    if not root.is_dir():
        raise InputError("there is no such folder", path=root)
    looks = recognise(root)
    if not looks:
        raise InputError("looks like no corpus that is known", path=root, remedy="Say which one it is with --corpus.")
    console().print(f"this looks like {looks[0]}")
    return looks[0]


@app.command()
def synth(
    out: Annotated[Path, typer.Option("--out", help="Folder to write; must not exist or be empty.")],
    layout: Annotated[str, typer.Option(help="On-disk layout of this corpus (a reader's name).")] = "casme2",
    clips: Annotated[int, typer.Option(min=1)] = 40,
    subjects: Annotated[int, typer.Option(min=1)] = 8,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    faces: Annotated[Path | None, typer.Option(help="Folder of face pictures; default: from packages.")] = None,
    magnitude: Annotated[tuple[float, float], typer.Option(help="Smallest and largest motion, px.")] = (0.3, 3.0),
    traps: Annotated[
        bool, typer.Option("--traps", help="Instead: tiny pictures, but every known quirk of the corpus.")
    ] = False,
) -> None:
    """Make a synthetic corpus: real faces moved by known, FACS-local displacement fields."""
    from unimer.synth import make_corpus, make_traps

    if traps:
        make_traps(layout, out)
        console().print(f"a small {layout} with the quirks of the real one: {out}")
        return
    with Bar("clips") as step:
        summary = make_corpus(layout, out, clips, subjects, seed, faces=faces, magnitude=magnitude, progress=step)
    say = console().print
    say(
        f"{summary.clips} clips of {summary.subjects} subjects, {summary.frames} frames; "
        f"{summary.disagreeing} clips have a label that disagrees with the motion"
    )
    if summary.reused:
        say(f"fewer faces than subjects, so some are variants of others: {'; '.join(summary.reused)}")
    say(f"corpus: {summary.root}   exact motion: {summary.truth}")


app.command()(splits)
app.command()(plan)

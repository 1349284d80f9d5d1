"""``unimer batch``: a language model's answers by the batch endpoints. Parses, calls the library, prints."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from unimer.errors import SettingsError

if TYPE_CHECKING:
    from unimer.llm.batch import Batch, Collected, Submitted
    from unimer.settings import BuildSettings, WriterSettings

app = typer.Typer(
    help="Ask a language model by the batch endpoints of the OpenAI API: submit, wait, collect, build.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Recipe = Annotated[Path, typer.Argument(help="Recipe (YAML) with a writer.")]
Out = Annotated[Path, typer.Option("--out", help="Build folder.")]
Changes = Annotated[
    list[str] | None, typer.Option("--set", help="Change a setting: writer.max_cost=5, corpora.0.root=/data")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]


@app.command()
def submit(
    recipe: Recipe,
    out: Out,
    changes: Changes = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that measure.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Send every request that is open as batches: first drafts, later repairs. Never sends one twice."""
    from unimer.build import build
    from unimer.progress import Bar

    settings, _ = _settings(recipe, changes)
    with Bar("clips") as step:  # up to here the build is the composer's alone
        build(settings.model_copy(update={"writer": None}), out, workers, lambda p: step(p.done, p.total))
    done, notes = asyncio.run(_submit(settings, out))
    for note in notes:
        _say(f"writer: {note}")
    if as_json:
        document = {"sent": _dump(done.sent), "resumed": _dump(done.resumed)}
        _print_json(document | {"on_the_way": done.on_the_way, "held_back": done.held_back})
        return
    for word, batches in (("sent", done.sent), ("gone on with", done.resumed)):
        for batch in batches:
            _say(f"{word}: {_line(batch)}")
    if done.on_the_way:
        _say(f"{done.on_the_way} requests are on the way already")
    if done.held_back is not None:
        _say(f"not all was sent: {done.held_back}")
    if done.sent or done.resumed or done.on_the_way:
        _say("When they have ended (`unimer batch status`): unimer batch collect")
    elif done.held_back is None:
        _say(f"nothing is open: unimer build {recipe} --out {out}")


@app.command()
def status(recipe: Recipe, out: Out, changes: Changes = None, as_json: AsJson = False) -> None:
    """Ask the server how far the batches are; exit code 1 where one failed."""
    _, writer = _settings(recipe, changes)
    batches = asyncio.run(_poll(writer, out))
    if as_json:
        _print_json({"batches": _dump(batches)})
    else:
        for batch in batches:
            _say(_line(batch))
        _say(f"{sum(not batch.collected for batch in batches)} of {len(batches)} batches are not collected")
    raise typer.Exit(_code(batches))


@app.command()
def collect(recipe: Recipe, out: Out, changes: Changes = None, as_json: AsJson = False) -> None:
    """Put the answers of all batches that have ended into the request log; exit code 1 where one failed."""
    settings, _ = _settings(recipe, changes)
    done, waiting, left = asyncio.run(_collect(settings, out))
    if as_json:
        _print_json(
            {"batches": _dump(done.batches), "answered": done.answered, "refused": done.refused}
            | {"again": dict(done.again), "waiting": waiting, "open": left}
        )
    else:
        for batch in done.batches:
            _say(f"collected: {_line(batch)}")
        for why, n in sorted(done.again.items()):
            _say(f"  {n} requests stay open: {why}")
        if waiting:
            _say(f"{waiting} batches have not ended")
        elif left:
            _say(f"{left} requests are open (repairs, and what got no answer): `unimer batch submit` sends them,")
            _say("`unimer build` asks them one by one")
        else:
            _say(f"nothing is open: unimer build {recipe} --out {out}")
    raise typer.Exit(_code(done.batches))


async def _submit(settings: BuildSettings, out: Path) -> tuple[Submitted, list[str]]:
    from unimer.llm.batch import Store
    from unimer.llm.batch import submit as run
    from unimer.llm.engine import Engine
    from unimer.llm.rounds import open_asks
    from unimer.llm.write import LOG

    assert settings.writer is not None
    async with Engine(settings.writer, out / LOG) as engine:
        store = Store((out / LOG).parent)
        asks = open_asks(_clip_ids(out), settings, out, engine.ask_for, engine.log)
        return await run(engine.server, asks, store), engine.probe.notes


async def _poll(writer: WriterSettings, out: Path) -> list[Batch]:
    from unimer.llm.batch import Store, poll
    from unimer.llm.client import Server
    from unimer.llm.write import LOG

    server = Server(writer)
    try:
        return await poll(server, Store((out / LOG).parent))
    finally:
        await server.close()


async def _collect(settings: BuildSettings, out: Path) -> tuple[Collected, int, int]:
    """What was collected, batches that have not ended, and requests that are open when all have."""
    from unimer.llm.batch import Store
    from unimer.llm.batch import collect as run
    from unimer.llm.engine import Engine
    from unimer.llm.rounds import open_asks
    from unimer.llm.write import LOG

    assert settings.writer is not None
    clip_ids = _clip_ids(out)
    async with Engine(settings.writer, out / LOG) as engine:
        store = Store((out / LOG).parent)
        done = await run(engine.server, engine.log, store)
        waiting = len(store.open())
        left = 0 if waiting else sum(1 for _ in open_asks(clip_ids, settings, out, engine.ask_for, engine.log))
        return done, waiting, left


def _clip_ids(out: Path) -> list[str]:
    from unimer.errors import InputError
    from unimer.files import read_jsonl
    from unimer.records import ClipRecord

    if not (out / "clips.jsonl").is_file():
        raise InputError("no build is here", path=out, remedy="start with `unimer batch submit`")
    return [record.clip.id for record in read_jsonl(out / "clips.jsonl", ClipRecord)]


def _settings(recipe: Path, changes: list[str] | None) -> tuple[BuildSettings, WriterSettings]:
    from unimer.recipes import read_recipe

    settings = read_recipe(recipe, changes or [])
    if settings.writer is None:
        raise SettingsError("the recipe has no writer", path=recipe, remedy="see docs/writer.md")
    return settings, settings.writer


# --- printing --------------------------------------------------------------------------------------------------------


def _code(batches: list[Batch]) -> int:
    return 1 if any(batch.status == "failed" for batch in batches) else 0


def _line(batch: Batch) -> str:
    told = f"{batch.name} ({batch.batch_id or 'not created'}): {batch.status}, {batch.requests} requests"
    if batch.collected:
        told += f", {batch.answered} answered, {batch.refused} refused"
    elif batch.finished:
        told += f", {batch.finished} done"
    return told + (f": {batch.message}" if batch.message else "")


def _dump(batches: list[Batch]) -> list[dict[str, Any]]:
    return [batch.model_dump(mode="json") for batch in batches]


def _print_json(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, indent=1, ensure_ascii=False))


def _say(text: str) -> None:
    typer.echo(text, err=True)

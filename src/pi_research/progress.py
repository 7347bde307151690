"""Running the workflow with a display of what runs, what is done and how long is left."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pi_research.params import Params

__all__ = ["run_workflow"]

STEPS = {
    "validate": "checking the extract",
    "journeys": "journeys",
    "notebook": "running",
    "report": "report of",
    "compendium": "all reports as one",
    "index": "index",
}
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "JUPYTER_PLATFORM_DIRS": "1",
}


def run_workflow(settings: Params, params_file: Path | None, cores: int) -> bool:
    """Run snakemake over the project's Snakefile; True where everything is made.

    What snakemake says goes to ``run.log``; the screen shows progress and, where a step fails, the
    step's own message.
    """
    settings.out.mkdir(parents=True, exist_ok=True)
    with _alone(settings.out):
        command = _command(settings, params_file, cores)
        child = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, **ENVIRONMENT},
            cwd=settings.root,
        )
        with open(settings.out / "run.log", "w", encoding="utf-8") as log:
            told = _display(_logged(child.stdout, log, str(settings.root)))
        child.wait()
    if child.returncode == 0:
        print(f"Everything is made: open {settings.out / 'index.html'}")
        return True
    print("\n".join(told) or f"The run stopped; {settings.out / 'run.log'} says where.", file=sys.stderr)
    return False


def _command(settings: Params, params_file: Path | None, cores: int) -> list[str]:
    file = (params_file or settings.root / "params.yaml").resolve()
    return [
        sys.executable,
        "-m",
        "snakemake",
        "--snakefile",
        str(settings.root / "Snakefile"),
        "--directory",
        str(settings.out),
        "--cores",
        str(cores),
        "--nolock",
        "--rerun-incomplete",
        "--keep-going",
        *_first(settings),
        "--config",
        f"params={file}",
        f"data={settings.data.resolve()}",
        f"out={settings.out.resolve().parent}",
        f"name={settings.run.name}",
    ]


def _first(settings: Params) -> list[str]:
    """Notebooks that wait for others go first, with those others: the last one to start holds up all."""
    from pi_research.workflow import notebook_inputs, notebooks

    waiting = [n for n in notebooks(settings) if notebook_inputs(settings, n)["needs"]]
    return ["--prioritize", *(f"findings/{n}.json" for n in waiting)] if waiting else []


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One run at a time in a folder; the lock goes with the process, however it ends."""
    lock = open(folder / ".lock", "w")
    try:
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:
        pass
    except OSError:
        lock.close()
        raise ValueError(
            f"another run is at work in {folder}: wait for it, or name another folder with --out"
        ) from None
    try:
        yield
    finally:
        lock.close()


def _logged(lines: Iterable[str], log: object, root: str) -> Iterator[str]:
    """Lines as they come, kept in the log without the project's own path, the machine and the user."""
    for line in lines:
        if re.match(r"\s+(Host|User): ", line):
            continue
        log.write(line.replace(root, "."))
        log.flush()
        yield line.rstrip("\n")


def _display(lines: Iterable[str]) -> list[str]:
    """Show progress while the lines come; return what failed steps said."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    told, rule, running, telling = [], "", {}, False
    with Progress(
        TextColumn("{task.completed:.0f} of {task.total:.0f}"),
        BarColumn(24),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
        disable=not sys.stdout.isatty(),
    ) as bar:
        task = bar.add_task("starting", total=1)
        for line in lines:
            if found := re.match(r"\s*(?:local)?rule (\w+):", line):
                rule = found[1]
            elif found := re.match(r"\s+jobid: (\d+)", line):
                running[found[1]] = rule
            elif found := re.match(r"\s+wildcards: name=(\S+)", line):
                running[next(reversed(running))] += f" {found[1]}"
            elif found := re.search(r"Finished jobid: (\d+)", line):
                _told_done(running.pop(found[1], ""))
            elif found := re.match(r"(\d+) of (\d+) steps", line):
                bar.update(task, completed=int(found[1]), total=int(found[2]))
            telling = (
                line.startswith("pi-research: ")
                or telling
                and not re.match(r"RuleException|\[\w{3} \w{3}", line)
            )
            if telling:
                told.append(line)
            bar.update(task, description=", ".join(filter(None, (_words(s, short=True) for s in running.values()))))
    return told


def _words(step: str, *, short: bool = False) -> str:
    """What a step does; ``short`` names a notebook by its number, so that a narrow screen holds the bar too."""
    rule, _, name = step.partition(" ")
    name = name.partition("_")[0] if short else name
    return f"{STEPS.get(rule, '')} {name}".strip()


def _told_done(step: str) -> None:
    """Where no bar can be drawn, one line for each step that is done."""
    if not sys.stdout.isatty() and _words(step):
        print(f"done: {_words(step)}", flush=True)

"""What some verbs of the command line do beyond calling one step."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pi_research import params, places

if TYPE_CHECKING:
    from pi_research.params import Params

__all__ = ["bench_journeys", "link_extract", "registered", "released"]


def link_extract(
    folder: Path, into: Path, params_file: Path | None, chosen: Mapping[str, object], linked: Path | None
) -> None:
    """Link the records of an extract, and write it with pseudonyms where ``linked`` names a folder."""
    from pi_research.extract.link import link_folder
    from pi_research.extract.linkage.pseudonyms import key_for, write_linked

    key = key_for(folder) if linked else None
    settings = params.load(params_file, linkage=chosen)
    made = link_folder(folder, into, settings.linkage, root=settings.root)
    print(made.sentence())
    print(f"links.csv and clerical.csv (pairs to look at by eye) are in {into}: keep it in the safe room.")
    if linked:
        write_linked(folder, linked, made, key)
        print(f"The extract with pseudonyms alone is in {linked}: pi-research run --data {linked}")


def bench_journeys(people: Sequence[int], repeat: int) -> int:
    """Run the benchmark of the journeys engine; its exit code.

    Raises
    ------
    ValueError
        Outside the project's folder, where the script is not.
    """
    script = places.root() / "bench" / "journeys.py"
    if not script.is_file():
        raise ValueError(f"there is no {script.name} in bench/: run this in the project's folder")
    asked = [sys.executable, "-W", "ignore", str(script), "--repeat", str(repeat), "--people", *map(str, people)]
    return subprocess.run(asked).returncode


def registered(settings: Params) -> str:
    """The plan section that registers today's params, as YAML."""
    from datetime import date

    import yaml

    from pi_research.workflow import register

    return yaml.safe_dump({"plan": register(settings, date.today().isoformat())}, sort_keys=False)


def released(settings: Params, target: Path, withhold: bool, protection: int, cores: int) -> str:
    """Make a release, and say where its parts are."""
    from pi_research.release.pack import build_release

    whole, plain, request = build_release(settings, target, withhold=withhold, protection=protection, cores=cores)
    return (f"Nothing leaks. To leave the room: {whole}, or {plain} (CSV, PNG and Word alone).\n"
            f"For the output checker, not to leave: {request / 'request.html'}")

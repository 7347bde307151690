"""``pi-research``: the front door, one verb a step."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

if TYPE_CHECKING:
    from pi_research.params import Params

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Do tenancies last, what happens to hospital use, at what cost, and why? From an extract to reports.",
)

ParamsFile = Annotated[
    Optional[Path], typer.Option("--params", help="The params file; by default params.yaml of the project.")
]
DataDir = Annotated[
    Optional[Path], typer.Option("--data", help="Folder of the extract; by default run.data in params.")
]
OutDir = Annotated[
    Optional[Path], typer.Option("--out", help="Folder of this run; by default run.out/run.name in params.")
]


def _settings(file: Path | None, data: Path | None, out: Path | None) -> Params:
    from pi_research import params

    where = {"data": str(data.resolve()) if data else None}
    if out:
        where |= {"out": str(out.resolve().parent), "name": out.resolve().name}
    return params.load(file, run=where)


@app.command()
def template(folder: Path) -> None:
    """Write empty tables to fill in, and a readable data dictionary, into FOLDER."""
    from pi_research.extract import template as write_template

    write_template(folder)
    print(
        f"Empty tables and data_dictionary.html are in {folder}. Fill them in, then: pi-research validate {folder}"
    )


@app.command()
def validate(folder: Path, out: OutDir = None) -> None:
    """Check the extract in FOLDER: every fault at once, to the screen, problems.csv and problems.html."""
    import json
    from datetime import date

    from pi_research.extract import check_extract, write_problems
    from pi_research.files import write_text
    from pi_research.workflow import StepError

    check = check_extract(folder, today=date.today())
    place = out or folder
    write_problems(check, place)
    if not check.ok:
        raise StepError(
            f"{check.text()}\n\nEvery place is listed in {place / 'problems.html'} and {place / 'problems.csv'}."
        )
    print(check.text())
    if out:
        write_text(
            out / "validated.json", json.dumps({"data_hash": check.data_hash, "notices": check.notices}, indent=1) + "\n"
        )


@app.command()
def simulate(
    folder: Path,
    scenario: Annotated[str, typer.Option(help="base, null, harm or strong.")] = "base",
    seed: int = 20191101,
    people: int = 113,
) -> None:
    """Write a made-up extract with known truth into FOLDER; no real person is in it."""
    from pi_research.extract.simulate import simulate as simulated
    from pi_research.extract.simulate import write_simulated

    write_simulated(simulated(scenario, seed=seed, people=people), folder)
    print(f"Scenario {scenario}, seed {seed}: written to {folder}, the truth in truth.json.")


@app.command()
def link(
    folder: Path,
    into: Path,
    decisions: Annotated[
        Optional[Path], typer.Option(help="The list of pairs, with a reviewer's decisions filled in.")
    ] = None,
    linked: Annotated[
        Optional[Path],
        typer.Option(help="Also write the extract, with study pseudonyms and no identifier, into this new "
                          "folder; the key is in the file that PI_RESEARCH_KEY_FILE names."),
    ] = None,
    params: ParamsFile = None,
) -> None:
    """Link the two organisations' records in FOLDER; links and the pairs to look at go INTO a folder."""
    from pi_research.verbs import link_extract

    chosen = {"decisions": str(decisions.resolve()) if decisions else None}
    link_extract(folder, into, params, chosen, linked)


@app.command()
def journeys(params: ParamsFile = None, data: DataDir = None, out: OutDir = None) -> None:
    """Turn the extract into the tables that the notebooks read."""
    from pi_research.workflow import make_journeys

    make_journeys(_settings(params, data, out))


@app.command()
def execute(notebook: str, params: ParamsFile = None, data: DataDir = None, out: OutDir = None) -> None:
    """Run NOTEBOOK (e.g. 02_tenancy_sustainment) and keep it, with its findings, in the run's folder."""
    from pi_research.workflow import execute_notebook

    execute_notebook(_settings(params, data, out), notebook)


@app.command()
def report(
    notebook: str,
    params: ParamsFile = None,
    data: DataDir = None,
    out: OutDir = None,
    released: Annotated[
        bool, typer.Option(help="Under the small-number rule of params, into release/.")
    ] = False,
) -> None:
    """HTML, PDF, Word file, tables and figures of an executed NOTEBOOK."""
    from pi_research.workflow import make_report

    settings = _settings(params, data, out)
    make_report(settings, notebook, settings.disclosure.rule if released else "")


@app.command()
def compendium(
    params: ParamsFile = None,
    data: DataDir = None,
    out: OutDir = None,
    released: Annotated[
        bool, typer.Option(help="Of the released reports, into release/, with an index of them.")
    ] = False,
) -> None:
    """All reports of the run as one (HTML, PDF, Word), and the page that searches them."""
    from pi_research.workflow import make_compendium

    settings = _settings(params, data, out)
    make_compendium(settings, settings.disclosure.rule if released else "")


@app.command()
def index(params: ParamsFile = None, data: DataDir = None, out: OutDir = None) -> None:
    """index.html and findings.json of the run."""
    from pi_research.workflow import make_index

    make_index(_settings(params, data, out))


@app.command()
def run(
    params: ParamsFile = None,
    data: DataDir = None,
    out: OutDir = None,
    cores: Annotated[int, typer.Option(help="How many steps at a time.")] = os.cpu_count() or 1,
) -> None:
    """Do everything: check, journeys, notebooks, reports, index. Only what is stale is made again."""
    from pi_research.progress import run_workflow

    settings = _settings(params, data, out)
    if not run_workflow(settings, params, cores):
        raise typer.Exit(1)


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(help="A finished run, e.g. outputs/base.")],
    into: Annotated[Optional[Path], typer.Option(help="Where to make it again; by default FOLDER-verified.")] = None,
    params: ParamsFile = None,
    data: DataDir = None,
    cores: Annotated[int, typer.Option(help="How many steps at a time.")] = os.cpu_count() or 1,
) -> None:
    """Make everything again elsewhere and compare every finding of FOLDER; exit code 0 only where all are equal."""
    from pi_research import verify as checking

    settings, first = _settings(params, data, None), checking.read_run(folder)
    place = into or folder.resolve().with_name(f"{folder.resolve().name}-verified")
    if not checking.remake(settings, params, place, cores):
        raise typer.Exit(1)
    compared, faults = checking.verify(folder, settings, place)
    print("\n".join([*faults, compared.text(), f"Each of {len(first)} findings is in {place / 'verified.csv'}."]))
    raise typer.Exit(0 if compared.ok else 1)


@app.command()
def audit(
    folders: Annotated[list[Path], typer.Argument(help="A release, or several in order of time.")],
    apply: Annotated[bool, typer.Option("--apply", help="Write each release again without what leaks.")] = False,
    report: Annotated[Optional[Path], typer.Option("--json", help="Write the report here too, for a program.")] = None,
    protection: Annotated[int, typer.Option(help="How many values a small count must keep.")] = 4,
    params: ParamsFile = None,
) -> None:
    """What could a reader of all that is in FOLDERS work back? Exit code 0 only where nothing leaks."""
    from pi_research.audit_folder import told

    rule = _settings(params, None, None).disclosure
    raise typer.Exit(0 if told(folders, rule, protection, apply, report) else 1)


@app.command()
def release(
    folder: Annotated[Path, typer.Argument(help="A finished run, e.g. outputs/base.")],
    target: Annotated[Path, typer.Argument(help="The ZIP to write; it must not be there yet.")],
    withhold: Annotated[bool, typer.Option("--withhold", help="Leave out further cells where that ends what leaks.")] = False,
    protection: Annotated[int, typer.Option(help="How many values a small count must keep.")] = 4,
    params: ParamsFile = None,
    data: DataDir = None,
    cores: Annotated[int, typer.Option(help="How many pages at a time.")] = os.cpu_count() or 1,
) -> None:
    """Released pages of the run in FOLDER, audited, as one ZIP to hand in; refused where anything leaks."""
    from pi_research.verbs import released

    print(released(_settings(params, data, folder), target, withhold, protection, cores))


@app.command()
def calibrate(
    study: Annotated[str, typer.Argument(help="reference (beside R's values), or a simulation: survival, milestones ...")],
    into: Annotated[Optional[Path], typer.Option(help="Folder for the tables; by default data/validation.")] = None,
    size: Annotated[Optional[int], typer.Option(help="Cohorts or series in each cell; by default the full study.")] = None,
    seed: Optional[int] = None,
    files: Annotated[Optional[Path], typer.Option("--from", help="published_series: folder of the real series.")] = None,
) -> None:
    """Can the methods be trusted? Make the tables of a STUDY again, with seed and code hash beside them."""
    from pi_research.validation.studies import calibrate as made_again

    for name, table in made_again(study, into, size, seed, files=files).items():
        print(f"\n{name}\n{table.to_string(index=False, max_rows=200, float_format='{:.4g}'.format)}")


@app.command()
def bench(
    people: Annotated[
        list[int], typer.Option(help="Sizes of the whole step, from Parquet to Parquet; give it several times.")
    ] = [10_000, 100_000, 1_000_000],
    repeat: Annotated[int, typer.Option(help="Runs of each; the median counts.")] = 5,
) -> None:
    """Measure the journeys engine beside R's survival and lifelines, and against what it must reach."""
    from pi_research.verbs import bench_journeys

    raise typer.Exit(bench_journeys(people, repeat))


@app.command()
def register(params: ParamsFile = None) -> None:
    """Print the plan section that registers today's params as the analysis plan."""
    from pi_research.verbs import registered

    print(registered(_settings(params, None, None)), end="")


def main() -> None:
    """Run the command line; a user's mistake ends in one clear message, never in a traceback."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit("pi-research: stopped. Run the same command again to go on from here.")
    except Exception as fault:
        if os.environ.get("PI_RESEARCH_DEBUG") or not _users(fault):
            raise
        print(f"pi-research: {_told(fault)}", file=sys.stderr)
        sys.exit(1)


def _told(fault: Exception) -> str:
    """The fault in words; a full disk says what to do, whichever library met it."""
    if getattr(fault, "errno", None) == errno.ENOSPC and "disk is full" not in str(fault):
        return "The disk is full: no half file was left. Free some space and run the same command again."
    return str(fault)


def _users(fault: Exception) -> bool:
    """Whether a fault is one that the user can mend: its message then says how."""
    return isinstance(fault, (OSError, ValueError)) or type(fault).__name__ == "StepError"


if __name__ == "__main__":
    main()

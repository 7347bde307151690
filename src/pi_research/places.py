"""Where things are: the folder that holds ``params.yaml``, and the tables that come with the project.

Paths in ``params.yaml`` are relative to the folder that holds it, so that a notebook
finds the same data from JupyterLab, from papermill and from the workflow.
"""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["dictionary_folder", "published_folder", "root"]

PARAMS = "params.yaml"


def root(start: str | Path | None = None) -> Path:
    """Folder that holds ``params.yaml``: upwards from ``start``, else the project's own.

    The environment variable ``PI_RESEARCH_ROOT`` comes first where it is set.

    Raises
    ------
    FileNotFoundError
        Where neither the folders above ``start`` nor the installed project hold the file.
    """
    named = os.environ.get("PI_RESEARCH_ROOT")
    if named:
        return Path(named)
    here = Path(start or Path.cwd()).resolve()
    for folder in (here, *here.parents, *Path(__file__).resolve().parents):
        if (folder / PARAMS).is_file():
            return folder
    raise FileNotFoundError(
        f"No {PARAMS} in this folder or any folder above it. Run from inside the project, "
        "or set PI_RESEARCH_ROOT to the folder that holds it."
    )


def dictionary_folder() -> Path:
    """Folder of the Table Schema files: the contract with whoever supplies an extract."""
    return root() / "data" / "dictionary"


def published_folder() -> Path:
    """Folder of the tables of published figures."""
    return root() / "data" / "published"

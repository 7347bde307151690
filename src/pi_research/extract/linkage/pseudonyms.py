"""Study pseudonyms in place of both organisations' identifiers, and the extract without any name in it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from pi_research.extract.linkage.result import Linkage
from pi_research.files import read_text

DEFAULT_KEY = b"not a secret: for the synthetic extract only"
KEY_FILE = "PI_RESEARCH_KEY_FILE"
LEAST = 32    # characters of a key
LENGTH = 12   # of a pseudonym: 60 bits, so that a million people collide once in two million studies
IDENTIFIERS = ("identifiers_housing", "identifiers_trust")
NOT_OF_A_PERSON = ("theory_id",)


class KeyFault(ValueError):
    """The key can't be used; the message says why and what to do, and never the key."""


def read_key(path: str | Path | None = None) -> bytes:
    """The secret key: from a file, by default the one that ``PI_RESEARCH_KEY_FILE`` names.

    Raises
    ------
    KeyFault
        Where no file is named, the file lies inside a repository, or the key is short or all alike.
    FileReadError
        Where the file can't be read.
    """
    named = path or os.environ.get(KEY_FILE)
    if not named:
        raise KeyFault(
            f"No key: name its file, or set {KEY_FILE} to its path (docs/linkage.md says how to make one).")
    place = Path(named).resolve()
    for folder in place.parents:
        if (folder / ".git").exists() or (folder / "params.yaml").is_file():
            raise KeyFault(f"The key must lie outside the project and any repository: move it from {folder}.")
    key = read_text(place).strip().encode()
    if len(key) < LEAST or len(set(key)) < 8:
        raise KeyFault(f"The key is too easily guessed: it needs {LEAST} random characters or more.")
    return key


def key_for(folder: str | Path) -> bytes | None:
    """The key for an extract; None, the public default, where none is named and the extract is synthetic.

    Raises
    ------
    KeyFault, FileReadError
        See :func:`read_key`; for an extract of real people a key must be named.
    """
    from pi_research.extract.read import read_extract

    named = os.environ.get(KEY_FILE)
    return read_key() if named or not read_extract(folder).synthetic else None


def pseudonymise(ids: pd.Series, key: bytes | None, *, kind: str = "customer", synthetic: bool = False
                 ) -> pd.Series:
    """Study pseudonyms: a letter and 12 characters of HMAC-SHA-256 of the identifier under the key.

    Parameters
    ----------
    ids : Series
        Identifiers; missing stays missing.
    key : bytes or None
        From :func:`read_key`; None for the public default key, which a synthetic extract alone may use.
    kind : str
        What the identifiers are of; one identifier has different pseudonyms in different kinds.
    synthetic : bool
        That no row describes a real person.

    Returns
    -------
    Series
        As ``ids``. Same key, same pseudonyms: the next quarter's extract can be added to this one.

    Raises
    ------
    KeyFault
        For the default key on anything but a synthetic extract, and where two identifiers get one pseudonym.

    A pseudonym is still personal data to whoever has the key (UK GDPR, recital 26).

    Examples
    --------
    >>> pseudonymise(pd.Series(["PI-0001", None]), None, synthetic=True).tolist()
    ['C-VEN5UC3JPUXY', None]
    """
    if (key is None or key == DEFAULT_KEY) and not synthetic:
        raise KeyFault("The default key is public and for the synthetic extract only: make a key of your own "
                       "(docs/linkage.md).")
    known = pd.unique(ids.dropna())
    made = {one: _pseudonym(str(one), key or DEFAULT_KEY, kind) for one in known}
    if len(set(made.values())) < len(made):
        raise KeyFault("Two identifiers have the same pseudonym under this key, by chance: use another key.")
    return ids.astype(object).map(lambda one: made.get(one) if pd.notna(one) else None).astype(object)


def _pseudonym(identifier: str, key: bytes, kind: str) -> str:
    digest = hmac.new(key, f"{kind}:{identifier}".encode(), hashlib.sha256).digest()
    return f"{kind[0].upper()}-{base64.b32encode(digest).decode()[:LENGTH]}"


def write_linked(folder_in: str | Path, folder_out: str | Path, linkage: Linkage, key: bytes | None = None
                 ) -> pd.DataFrame:
    """Write the extract with pseudonyms, links and no table of identifiers; all of it or nothing.

    Every column of identifiers (``customer_id``, ``patient_id``, and those of rows such as ``spell_id``,
    which the supplier could look up) gets pseudonyms. Customers whose consent is refused or withdrawn stay in
    ``people`` alone, where they are counted; trust records of nobody on the programme are left out.

    Parameters
    ----------
    folder_in, folder_out : path
        ``folder_out`` must not exist yet, or be empty.
    key : bytes, optional
        From :func:`read_key`; without one the default key, which a synthetic extract alone may use.

    Returns
    -------
    DataFrame
        ``table, rows, left_out``.

    Raises
    ------
    ExtractError
        Where ``folder_in`` holds errors.
    KeyFault, FileExistsError
        See :func:`pseudonymise`; where ``folder_out`` holds anything, or lies inside ``folder_in``.
    """
    from pi_research.extract.read import read_extract

    source, target = Path(folder_in).resolve(), Path(folder_out).resolve()
    if target == source or source in target.parents or (target.exists() and any(target.iterdir())):
        raise FileExistsError(
            f"{folder_out} must be a new or empty folder outside {folder_in}: nothing is overwritten.")
    extract = read_extract(source)
    tables = {name: table for name, table in extract.tables.items() if name not in IDENTIFIERS}
    kept = _wanted(tables | {"links": linkage.links}, linkage)
    hidden = {name: _hidden(table, key, extract.synthetic) for name, table in kept.items()}
    _write(hidden, target, {name for name in hidden if (source / f"{name}.parquet").is_file()})
    before = {name: len(table) for name, table in tables.items()} | {"links": len(kept["links"])}
    counted = [(name, len(kept[name]), before[name] - len(kept[name])) for name in kept]
    return pd.DataFrame(counted, columns=["table", "rows", "left_out"])


def _wanted(tables: Mapping[str, pd.DataFrame], linkage: Linkage) -> dict[str, pd.DataFrame]:
    people = tables["people"]
    aside = set(people.loc[people["consent"].isin(("refused", "withdrawn")), "customer_id"])
    linked = set(linkage.links["patient_id"].dropna())
    kept = {}
    for name, table in tables.items():
        rows = pd.Series(True, table.index)
        if "customer_id" in table and name not in ("people", "links"):
            rows &= ~table["customer_id"].isin(aside)
        if "patient_id" in table and name != "links":
            rows &= table["patient_id"].isin(linked)
        kept[name] = table[rows]
    if "leave" in kept and "hospital_spells" in kept:
        kept["leave"] = kept["leave"][kept["leave"]["spell_id"].isin(kept["hospital_spells"]["spell_id"])]
    return kept


def _hidden(table: pd.DataFrame, key: bytes | None, synthetic: bool) -> pd.DataFrame:
    """Pseudonyms in every column of identifiers, and rows in an order that says nothing of the old one."""
    names = [name for name in table if name.endswith("_id") and name not in NOT_OF_A_PERSON]
    made = {
        name: pseudonymise(table[name], key, kind=name.removesuffix("_id"), synthetic=synthetic)
        for name in names
    }
    return table.assign(**made).sort_values(list(table.columns), ignore_index=True)


def _write(tables: Mapping[str, pd.DataFrame], target: Path, parquet: set[str]) -> None:
    from pi_research.extract.simulation.frames import as_text

    beside = target.with_name(f".{target.name}.part")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    try:
        for name, table in tables.items():
            if name in parquet:
                table.to_parquet(beside / f"{name}.parquet", index=False)
            else:
                text = as_text(table).to_csv(index=False, lineterminator="\n")
                (beside / f"{name}.csv").write_bytes(text.encode())
        if target.exists():
            target.rmdir()
        os.replace(beside, target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)

"""For all tests: property tests without a time limit, where the project is, and the text of a PDF."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# The first example pays for lazy imports, so a time limit for each would fail at random.
settings.register_profile("no time limit", deadline=None)
settings.load_profile("no time limit")


@pytest.fixture(scope="session")
def project() -> Path:
    """The folder that holds params.yaml."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def pdf_text() -> Callable[[bytes], str]:
    """Reads what a PDF says, page by page, and at the end its metadata."""
    import pikepdf

    def glyphs(font: object) -> dict[int, str]:
        made, text = {}, font["/ToUnicode"].read_bytes().decode("latin-1")
        for block in re.findall(r"beginbfchar(.*?)endbfchar", text, re.DOTALL):
            for code, letters in re.findall(r"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>", block):
                made[int(code, 16)] = bytes.fromhex(letters).decode("utf-16-be")
        for block in re.findall(r"beginbfrange(.*?)endbfrange", text, re.DOTALL):
            for low, high, letter in re.findall(r"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>", block):
                for k in range(int(low, 16), int(high, 16) + 1):
                    made[k] = chr(int(letter, 16) + k - int(low, 16))
        return made

    def said(place: object, out: list[str]) -> None:
        held = place.get("/Resources", {}).get("/Font", {})
        fonts, now = {k: glyphs(f) for k, f in held.items() if "/ToUnicode" in f}, {}
        for operands, operator in pikepdf.parse_content_stream(place):
            if str(operator) == "Tf":
                now = fonts.get(str(operands[0]), {})
            elif str(operator) in ("Tj", "TJ"):
                parts = operands[0] if str(operator) == "TJ" else operands
                for raw in (bytes(p) for p in parts if isinstance(p, pikepdf.String)):
                    out += [now.get(int.from_bytes(raw[i:i + 2], "big"), "?") for i in range(0, len(raw), 2)]
            elif str(operator) == "ET":
                out.append("\n")
            elif str(operator) == "Do":
                drawn = place["/Resources"]["/XObject"][str(operands[0])]
                if drawn.get("/Subtype") == "/Form":
                    said(drawn, out)

    def read(data: bytes) -> str:
        out: list[str] = []
        with pikepdf.open(io.BytesIO(data)) as pdf:
            for page in pdf.pages:
                said(page.obj, out)
            out += [str(pdf.docinfo), pdf.Root.Metadata.read_bytes().decode("utf-8", "replace")]
        return "".join(out)
    return read

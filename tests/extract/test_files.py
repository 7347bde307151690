"""Files are written whole or not at all."""

from __future__ import annotations

import errno
import io

import pytest

from pi_research.files import FileReadError, FileWriteError, read_text, write_bytes, write_text


def test_text_is_written_as_utf8_with_line_feeds_into_folders_that_it_makes(tmp_path):
    path = write_text(tmp_path / "a" / "b" / "x.txt", "£1\nline\n")
    assert path.read_bytes() == "£1\nline\n".encode() and read_text(path) == "£1\nline\n"
    assert [p.name for p in path.parent.iterdir()] == ["x.txt"]


def test_a_disk_that_fills_half_way_leaves_the_earlier_file(tmp_path, monkeypatch):
    path = write_bytes(tmp_path / "x.bin", b"earlier")

    class Filling(io.FileIO):
        def write(self, data):
            super().write(data[:3])
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pi_research.files.open", Filling, raising=False)
    with pytest.raises(FileWriteError, match="^The disk is full: .*x.bin was not written"):
        write_bytes(path, b"later and longer")
    assert path.read_bytes() == b"earlier" and [p.name for p in tmp_path.iterdir()] == ["x.bin"]


def test_a_run_that_is_stopped_leaves_the_earlier_file(tmp_path, monkeypatch):
    path = write_text(tmp_path / "x.txt", "earlier")

    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", stopped)
    with pytest.raises(KeyboardInterrupt):
        write_text(path, "later")
    assert path.read_text() == "earlier" and [p.name for p in tmp_path.iterdir()] == ["x.txt"]


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_a_place_that_may_not_be_written_is_one_clear_line(number, tmp_path, monkeypatch):
    def barred(*_):
        raise OSError(number, "barred")

    monkeypatch.setattr("pi_research.files.open", barred, raising=False)
    with pytest.raises(FileWriteError, match="may not be written") as error:
        write_text(tmp_path / "x.txt", "text")
    assert "\n" not in str(error.value) and error.value.errno == number


def test_a_file_in_the_way_of_a_folder_is_one_clear_line(tmp_path):
    (tmp_path / "a").write_text("")
    with pytest.raises(FileWriteError, match="was not written"):
        write_text(tmp_path / "a" / "x.txt", "text")


def test_reading_names_what_is_missing_or_not_text(tmp_path):
    with pytest.raises(FileReadError, match="There is no file"):
        read_text(tmp_path / "x.txt")
    with pytest.raises(FileReadError, match="can't be read"):
        read_text(tmp_path)
    (tmp_path / "y.txt").write_bytes("£".encode("cp1252"))
    with pytest.raises(FileReadError, match="not UTF-8"):
        read_text(tmp_path / "y.txt")
    (tmp_path / "z.txt").write_bytes(b"\xef\xbb\xbfz")
    assert read_text(tmp_path / "z.txt") == "z"

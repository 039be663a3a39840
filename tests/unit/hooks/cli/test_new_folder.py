"""Folders that stand where they belong when all of their files are there."""

from pathlib import Path

import pytest

from hooks.cli.new_folder import UNFINISHED, new_folder
from ls_backend.errors import InputError


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_files_are_put_in_place_together_and_those_that_they_replace_go(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "set"
    for files, replaced in (
        ({"data/x": b"1", "m": b"1"}, []),
        ({"data/y": b"2", "m": b"2"}, [folder / "data" / "x", folder / "m"]),
    ):
        with new_folder(folder) as new:
            for path, content in files.items():
                with new.create(path) as file:
                    file.write(content)
                assert new.path(path).read_bytes() == content
                assert not (folder / path).exists() or (folder / path).read_bytes() == b"1"
            new.put_in_place(instead_of=replaced)
        assert files_in(folder) == files


def fail_to_write(folder: Path) -> None:
    with new_folder(folder) as files:
        with files.create("m") as file:
            file.write(b"2")
        raise InputError("wrong")


def test_what_is_not_put_in_place_leaves_nothing_and_what_was_there_stays(tmp_path: Path) -> None:
    new, old = tmp_path / "new", tmp_path / "old"
    old.mkdir()
    (old / "m").write_bytes(b"1")
    for folder in (new, old):
        with pytest.raises(InputError, match="wrong"):
            fail_to_write(folder)
    assert (new.exists(), files_in(old)) == (False, {"m": b"1"})


def test_who_is_interrupted_leaves_no_description_of_other_files(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "described").write_bytes(b"1")
    (folder / "z").mkdir()  # no file can take its place
    with new_folder(folder) as new:
        for path in ("described", "a", "z"):
            new.create(path).close()
        with pytest.raises(InputError, match="set can't be written"):
            new.put_in_place(describing="described")
    assert files_in(folder) == {"a": b""}


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / UNFINISHED).mkdir()
    (tmp_path / UNFINISHED / "half").write_bytes(b"1")
    with new_folder(tmp_path) as files:
        files.create("m").close()
        files.put_in_place()
    assert files_in(tmp_path) == {"m": b""}


def test_a_folder_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="file can't be written"), new_folder(tmp_path / "file") as files:
        files.create("m")


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no device that is always full")
    with new_folder(tmp_path / "set") as files:
        files.path("m").parent.mkdir(parents=True)
        files.path("m").symlink_to(full)
        file = files.create("m")
        file.write(b"1")
        with pytest.raises(InputError, match=r"set can't be written \(No space left on device\); make room there"):
            file.close()

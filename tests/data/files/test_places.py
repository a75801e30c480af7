"""Where declared pictures are looked for, and where never."""

from __future__ import annotations

from pathlib import Path

import pytest

from ghost_engine.data.files.places import Places, Refused
from tests.data.files.pictures import write_png


def test_the_named_root_comes_first_then_the_folder_then_its_parent(tmp_path: Path) -> None:
    folder, root = tmp_path / "data", tmp_path / "pictures"
    named, beside, above = (each / "a.png" for each in (root, folder, tmp_path))
    for path in (named, beside, above):
        write_png(path)
    for path in (named, beside, above):
        assert Places(folder, root).find("a.png") == path
        path.unlink()
    assert Places(folder, root).find("a.png") is None


def test_the_folders_in_front_of_a_picture_may_have_stayed_behind(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    path = write_png(folder / "screenshots" / "a.png")
    assert Places(folder).find("data/factory/screenshots/a.png") == path
    assert Places(folder).find("data\\factory\\screenshots\\a.png") == path


def test_a_bare_name_is_enough_only_under_a_named_root(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    path = write_png(folder / "a.png")
    assert Places(folder).find("elsewhere/a.png") is None
    assert Places(folder, folder).find("elsewhere/a.png") == path


def test_two_paths_never_end_in_one_picture(tmp_path: Path) -> None:
    path = write_png(tmp_path / "a.png")
    places = Places(tmp_path, tmp_path)
    assert places.find("train/a.png") == path
    assert places.find("test/a.png") is None
    assert places.find("train/a.png") == path


@pytest.mark.parametrize(
    ("declared", "reason"),
    [
        ("../secret.png", "leaves its folder"),
        ("ui/../../secret.png", "leaves its folder"),
        ("..\\secret.png", "leaves its folder"),
        ("/etc/passwd", "is absolute"),
        ("\\\\server\\share\\a.png", "is absolute"),
        ("C:\\Users\\me\\a.png", "is absolute"),
        ("https://example.org/a.png", "is an address"),
        ("file:///etc/passwd", "is an address"),
        ("data:image/png;base64," + "A" * 5000, "is an address"),
        ("a" * 600 + ".png", "is longer than 500 characters"),
    ],
)
def test_paths_that_lead_elsewhere_are_refused(tmp_path: Path, declared: str, reason: str) -> None:
    write_png(tmp_path / "secret.png")
    (tmp_path / "data" / "set").mkdir(parents=True)
    with pytest.raises(Refused, match=reason) as caught:
        Places(tmp_path / "data" / "set").find(declared)
    assert len(str(caught.value)) < 200


def test_a_path_that_only_wanders_is_followed(tmp_path: Path) -> None:
    path = write_png(tmp_path / "ui" / "a.png")
    assert Places(tmp_path).find("./ui/more/.././a.png") == path


def test_an_absolute_path_below_the_named_root_is_followed(tmp_path: Path) -> None:
    path = write_png(tmp_path / "ui" / "a.png")
    assert Places(tmp_path / "data", tmp_path / "ui").find(str(path)) == path
    with pytest.raises(Refused, match="absolute"):
        Places(tmp_path / "data", tmp_path / "ui").find(f"{tmp_path}/ui/../x.png")


def test_links_are_followed_inside_and_refused_outwards(tmp_path: Path) -> None:
    folder = tmp_path / "up" / "data"
    path = write_png(folder / "a.png")
    outside = write_png(tmp_path / "outside" / "b.png")
    (folder / "inside.png").symlink_to(path)
    (folder / "out.png").symlink_to(outside)
    (folder / "linked").symlink_to(outside.parent)
    (folder / "loop.png").symlink_to(folder / "loop.png")
    places = Places(folder)
    assert places.find("inside.png") == folder / "inside.png"
    assert places.find("loop.png") is None
    for declared in ("out.png", "linked/b.png", "x/linked/b.png"):
        with pytest.raises(Refused, match="a link that leaves"):
            places.find(declared)


@pytest.mark.parametrize("declared", ["x" * 300 + ".png", "a\0b.png", ".", "ui/"])
def test_odd_names_find_nothing(tmp_path: Path, declared: str) -> None:
    folder = tmp_path / "up" / "data"
    folder.mkdir(parents=True)
    found = Places(folder).find(declared)
    assert found is None or found.is_dir()  # a folder is refused when it is to be decoded

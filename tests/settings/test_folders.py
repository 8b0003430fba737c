"""Settings that name folders, and what becomes of them over HTTP."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from mcp_foundry.settings.values import Settings
from mcp_foundry.settings.variable import SettingsError

if TYPE_CHECKING:
    from pathlib import Path


def read(**values: str) -> Settings:
    return Settings.read(values)


def test_folders_are_separated_as_path_is_and_become_whole_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a b").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    given = os.pathsep.join(["a b", " ~ ", "", str(tmp_path)])
    settings = read(MCP_FOUNDRY_FILES=given, MCP_FOUNDRY_SAVE="a b")
    assert settings.files == (str(tmp_path / "a b"), str(tmp_path), str(tmp_path))
    assert settings.save == str(tmp_path / "a b")


@pytest.mark.parametrize("name", ["MCP_FOUNDRY_FILES", "MCP_FOUNDRY_SAVE"])
def test_a_folder_that_is_not_there_stops_the_start(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    for missing in ("absent", "file"):
        with pytest.raises(SettingsError, match="not a folder that is there"):
            read(**{name: str(tmp_path / missing)})


def test_nothing_is_read_from_disk_or_saved_by_default() -> None:
    assert (Settings().files, Settings().save, Settings().images) == ((), "", "inline")


def test_over_http_files_are_read_only_by_a_switch_of_its_own(tmp_path: Path) -> None:
    folder = {"MCP_FOUNDRY_FILES": str(tmp_path)}
    assert read(**folder).over_http().files == ()
    assert read(**folder, MCP_FOUNDRY_HTTP_FILES="on").over_http().files == (str(tmp_path),)


def test_the_deployment_for_pictures_is_one_that_a_header_can_carry() -> None:
    assert read(FOUNDRY_IMAGE_MODEL_NAME="img-1").image_model == "img-1"
    with pytest.raises(SettingsError, match="not the name of a deployment"):
        read(FOUNDRY_IMAGE_MODEL_NAME="img\r\nX-Evil: 1")

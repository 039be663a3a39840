import re
from pathlib import Path

import pytest
import yaml

import ls_templates
from tests.unit.hooks.cli.test_cli import call

SETTINGS = (Path(ls_templates.__file__).parent / "plugin" / "settings.py").read_text()


@pytest.mark.parametrize("installation", ["pip", "docker", "compose"])
def test_the_lines_name_what_the_plugin_reads_and_no_secret(installation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEADYHAND_SECRET", "never-to-be-printed")
    code, said = call("plugin", installation, "--service-url", "http://it:1", "--admins", "a@example.com")
    assert code == 0
    assert {*re.findall(r"STEADYHAND_[A-Z_]+", said)} <= {*re.findall(r"STEADYHAND_[A-Z_]+", SETTINGS)}
    for word in ("DJANGO_SETTINGS_MODULE", "ls_templates.plugin.settings", "http://it:1", "a@example.com"):
        assert word in said
    assert "never-to-be-printed" not in said


def test_the_override_is_yaml_and_mounts_the_folder_that_there_is() -> None:
    app = yaml.safe_load(call("plugin", "compose")[1])["services"]["app"]
    folder, inside, _ = app["volumes"][0].split(":")
    assert (Path(folder) / "plugin" / "settings.py").is_file()
    assert inside == f"{app['environment']['PYTHONPATH']}/ls_templates"
    assert app["environment"]["STEADYHAND_SECRET"] == "${STEADYHAND_SECRET:?}"


def test_without_a_word_all_three_are_printed() -> None:
    said = call("plugin")[1]
    assert [said.index(word) for word in ("pip install", "docker run", "services:")] == sorted(
        said.index(word) for word in ("pip install", "docker run", "services:")
    )

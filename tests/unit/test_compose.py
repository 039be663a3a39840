"""The compose file fits the code: its commands, its variables, its mounts. That it runs is tested beside a real Label Studio."""

import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from hooks.cli import main
from ls_backend.settings import Settings

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}


def test_the_parts_are_there() -> None:
    assert set(SERVICES) == {"label-studio", "postgres", "redis", "receiver", "worker", "ml"}
    assert set(OURS) == {"receiver", "worker", "ml"}


@pytest.mark.parametrize("name", OURS)
def test_each_command_can_be_understood(name: str) -> None:
    program, command, *options = shlex.split(OURS[name]["command"])
    assert (program, command) == ("steadyhand", "serve")
    serve = main.get_command(click.Context(main), command)
    assert serve is not None
    parsed = serve.make_context(command, options).params
    assert parsed == {"only": name, "host": "0.0.0.0", "port": 8090}  # noqa: S104  (inside its container)


def test_the_images_command_can_be_understood() -> None:
    (line,) = re.findall(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.M)
    program, command, *options = yaml.safe_load(line)
    serve = main.get_command(click.Context(main), command)
    assert serve is not None
    assert program == "steadyhand"
    serve.make_context(command, options)


def test_every_variable_is_one_that_is_read() -> None:
    known = {field.alias or f"STEADYHAND_{name.upper()}" for name, field in Settings.model_fields.items()}
    for service in OURS.values():
        assert set(service["environment"]) <= known
    of_plugin = set(re.findall(r"STEADYHAND_[A-Z_]+", (ROOT / "ls_templates/plugin/settings.py").read_text()))
    inside = {name for name in SERVICES["label-studio"]["environment"] if name.startswith("STEADYHAND_")}
    assert inside <= of_plugin


def test_what_must_be_given_is_named_at_the_top_and_no_secret_has_a_default() -> None:
    needed = set(re.findall(r"\$\{(\w+):\?\}", TEXT))
    assert needed == set(re.findall(r"(\w+)=\.\.\.", TEXT.partition("x-steadyhand")[0]))
    assert {default for _, default in re.findall(r"\$\{(\w+):-(.*?)\}", TEXT)} == {""}


def test_what_services_refer_to_is_there() -> None:
    for name, service in SERVICES.items():
        assert set(service.get("depends_on", ())) <= set(SERVICES), name
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            assert (ROOT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"], volume
        for needed, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[needed]
        hosts = (
            set(
                re.findall(r"(?:://|@)(?:[^\s@/]*@)?([a-z-]+)[:/]", " ".join(map(str, service["environment"].values())))
            )
            if "environment" in service
            else set()
        )
        assert hosts <= set(SERVICES), name


def test_label_studio_is_the_one_that_the_tests_run() -> None:
    (pinned,) = re.findall(r"^label-studio==(.+)$", (ROOT / "requirements/label-studio.txt").read_text(), re.M)
    assert SERVICES["label-studio"]["image"] == f"heartexlabs/label-studio:{pinned}"

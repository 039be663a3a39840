"""A built wheel holds everything, and service and plugin start from it, outside the checkout."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from hooks.demo.local import Server, find_label_studio
from ls_backend.errors import InputError
from tests.conftest import need
from tests.servers import any_port

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[2]
SECRET = "a secret of sixteen or more"
PLUGIN = """
import os, sys
import label_studio
sys.path.insert(0, os.path.dirname(label_studio.__file__))  # as its command does
os.environ["DJANGO_SETTINGS_MODULE"] = "ls_templates.plugin.settings"
import django
django.setup()
import ls_templates.plugin
from ls_templates.plugin import middleware, panel, pages, plugin_api
from ls_templates.plugin.guard import middleware as guard
from django.conf import settings
assert any(name.startswith("ls_templates") for name in settings.MIDDLEWARE)
print(ls_templates.plugin.__file__)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    sources = folder / "sources"
    for name in _committed():
        (sources / name).parent.mkdir(parents=True, exist_ok=True)
        (sources / name).write_bytes((ROOT / name).read_bytes())
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "-q", "-w", str(folder), str(sources)]
    subprocess.run(command, check=True, cwd=folder, capture_output=True, timeout=300)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the wheel was installed, without its dependencies."""
    folder = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "-q", "--target", str(folder), str(wheel)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return folder


def _committed() -> Iterator[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    need(listed.returncode == 0, "git, with a checkout")
    yield from (name for name in listed.stdout.splitlines() if (ROOT / name).is_file())


def test_everything_that_belongs_to_the_packages_is_in_the_wheel(wheel: Path) -> None:
    packages = ("hooks/", "ls_backend/", "ls_templates/")
    with zipfile.ZipFile(wheel) as archive:
        assert {name for name in _committed() if name.startswith(packages)} <= {*archive.namelist()}


def test_the_service_starts_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{any_port()}"
    server = Server(
        command=[sys.executable, "-m", "hooks.cli", "serve", "--only", "receiver"],
        url=url,
        health="/health",
        log=tmp_path / "log",
        environment={
            "PYTHONPATH": str(installed),
            "LABEL_STUDIO_URL": "http://127.0.0.1:9",
            "LABEL_STUDIO_API_KEY": "none",
            "STEADYHAND_SECRET": SECRET,
            "STEADYHAND_URL": url,
            "STEADYHAND_DATABASE_URL": f"sqlite:///{tmp_path / 'store.sqlite3'}",
        },
        folder=tmp_path,
    )
    server.start()
    try:
        assert requests.get(f"{url}/metrics", timeout=10).ok
        assert requests.get(f"{url}/steadyhand/assets/icon.svg", timeout=10).ok
    finally:
        server.stop()
    where = subprocess.run(
        [sys.executable, "-c", "import hooks; print(hooks.__file__)"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert where.stdout.startswith(str(installed))


def test_the_plugin_starts_from_the_wheel_in_label_studios_environment(installed: Path, tmp_path: Path) -> None:
    try:
        label_studio = find_label_studio(os.environ.get("STEADYHAND_LABEL_STUDIO"))
    except InputError:
        label_studio = ""
    need(label_studio, "Label Studio")
    environment = {
        **{name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
        "PYTHONPATH": str(installed),
        "STEADYHAND_SECRET": SECRET,
        "LABEL_STUDIO_BASE_DATA_DIR": str(tmp_path / "data"),
        "SENTRY_DSN": "",
        "FRONTEND_SENTRY_DSN": "",
    }
    python = Path(label_studio).with_name("python")
    run = subprocess.run(
        [str(python), "-c", PLUGIN],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    assert run.stdout.splitlines()[-1].startswith(str(installed))

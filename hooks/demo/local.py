"""Servers on this machine, a Label Studio with the plugin and the Steadyhand service, and members who label."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import requests

import ls_templates
from ls_backend.errors import GatewayError, InputError
from ls_backend.types import Json

BOOT_SECONDS = 240


def free_port(first: int) -> int:
    """The first port from ``first`` on that nobody listens at."""
    for port in range(first, first + 200):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise InputError(f"no free port from {first} on; give another --port")


def find_label_studio(path: str | None) -> str:
    """The label-studio command: that of ``path``, of `make install`, beside our Python, or on the search path.

    Raises:
        InputError: there is none; says how to get it.
    """
    installed = Path(sys.prefix).parent / ".venv-label-studio" / "bin" / "label-studio"
    for candidate in (path, installed, Path(sys.executable).with_name("label-studio"), shutil.which("label-studio")):
        if candidate and Path(candidate).exists():
            return str(Path(candidate).absolute())
    raise InputError(
        "no label-studio command found. `make install` brings one; or install label-studio into an environment of its own "
        "and pass --label-studio PATH"
    )


@dataclass
class Server:
    """A process that answers over HTTP once it is up; its output goes to ``log``."""

    command: list[str]
    url: str
    health: str
    log: Path
    environment: Mapping[str, str]
    folder: Path
    process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def start(self) -> "Server":
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                self.command, env={**os.environ, **self.environment}, cwd=self.folder, stdout=out, stderr=out
            )
        give_up = time.monotonic() + BOOT_SECONDS
        while time.monotonic() < give_up:
            if self.process.poll() is not None:
                break
            try:
                if requests.get(self.url + self.health, timeout=2).ok:
                    return self
            except requests.RequestException:
                pass
            time.sleep(0.3)
        self.stop()
        tail = self.log.read_text(errors="replace")[-1500:]
        raise GatewayError(
            f"{Path(self.command[0]).name} did not come up at {self.url}; the end of {self.log}:\n{tail}"
        )

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


@dataclass(frozen=True)
class Account:
    email: str
    password: str
    token: str


def label_studio(
    folder: Path,
    *,
    port: int,
    admin: Account,
    command: str | None = None,
    plugin: Mapping[str, str] | None = None,
    settings: Mapping[str, str] | None = None,
) -> Server:
    """A Label Studio server; ``plugin`` is the environment of the plugin (None: without it)."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = {
        "LABEL_STUDIO_USERNAME": admin.email,
        "LABEL_STUDIO_PASSWORD": admin.password,
        "LABEL_STUDIO_USER_TOKEN": admin.token,
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "COLLECT_ANALYTICS": "false",
        "SENTRY_DSN": "",
        "FRONTEND_SENTRY_DSN": "",
        "SSRF_PROTECTION_ENABLED": "false",
        "ML_BLOCK_LOCAL_IP": "false",
        "LOG_LEVEL": "WARNING",
        **(settings or {}),
    }
    if plugin is not None:
        # Only ls_templates may be seen from inside Label Studio: a folder of its own on the path
        path = folder / "plugin-path"
        path.mkdir(exist_ok=True)
        link = path / "ls_templates"
        if not link.exists():
            link.symlink_to(Path(ls_templates.__file__).parent, target_is_directory=True)
        environment |= {"DJANGO_SETTINGS_MODULE": "ls_templates.plugin.settings", "PYTHONPATH": str(path), **plugin}
    return Server(
        command=[
            find_label_studio(command),
            *("start", "--no-browser", "--internal-host", "127.0.0.1", "--port", str(port)),
            *("--data-dir", str(folder / "data")),
        ],
        url=f"http://127.0.0.1:{port}",
        health="/health",
        log=folder / "label-studio.log",
        environment=environment,
        folder=folder,
    )


def steadyhand(folder: Path, *, environment: Mapping[str, str]) -> Server:
    """The Steadyhand service as a process of its own."""
    return Server(
        command=[sys.executable, "-m", "hooks.cli", "serve"],
        url=environment["STEADYHAND_URL"],
        health="/health",
        log=folder / "steadyhand.log",
        environment=environment,
        folder=folder,
    )


def sign_up(url: str, admin: Account, email: str, password: str) -> Account:
    """Sign a member up through the invite link, as a person would."""
    invite = _checked(requests.get(f"{url}/api/invite", headers=_token(admin.token), timeout=30)).json()["invite_url"]
    with requests.Session() as person:
        page = _checked(person.get(url + invite, timeout=30)).text
        token_field = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', page)
        if not token_field:
            raise GatewayError(f"Label Studio at {url} shows no sign-up form at its invite link")
        form = {
            "csrfmiddlewaretoken": token_field[1],
            "email": email,
            "password": password,
            "allow_newsletters": "false",
        }
        _checked(person.post(url + invite, data=form, headers={"Referer": url + invite}, timeout=60))
        token = _checked(person.get(f"{url}/api/current-user/token", timeout=30)).json()["token"]
    return Account(email, password, token)


def _token(token: str) -> dict[str, str]:
    return {"Authorization": f"Token {token}"}


def _checked(response: requests.Response) -> requests.Response:
    if not response.ok:
        raise GatewayError(
            f"Label Studio answered {response.status_code} to {response.request.method} {response.url}: {response.text[:300]}"
        )
    return response


@dataclass
class Member:
    """A member who labels over Label Studio's own HTTP API: next task, submit."""

    url: str
    project: int
    account: Account

    def __post_init__(self) -> None:
        self.http = requests.Session()
        self.http.headers.update(_token(self.account.token))
        self.id = int(_checked(self.http.get(f"{self.url}/api/current-user/whoami", timeout=30)).json()["id"])

    def next_task(self) -> Json | None:
        """None where there is nothing to do."""
        answer = self._with_retries(
            lambda: self.http.post(
                f"{self.url}/api/dm/actions?id=next_task&project={self.project}",
                json={"project": str(self.project)},
                timeout=60,
            )
        )
        return None if answer.status_code == 404 else dict(_checked(answer).json())

    def submit(self, task: int, result: list[Json], lead_time: float) -> Json:
        answer = self._with_retries(
            lambda: self.http.post(
                f"{self.url}/api/tasks/{task}/annotations?project={self.project}",
                json={"result": result, "lead_time": lead_time},
                timeout=60,
            )
        )
        return dict(_checked(answer).json())

    def call_unclear(self, task: int, reason: str, text: str) -> None:
        """Say that a served task can't be judged as it is, as the panel does."""
        _checked(
            self.http.post(
                f"{self.url}/steadyhand/unclear",
                json={"task": task, "reason": reason, "text": text},
                headers={"Sec-Fetch-Site": "same-origin"},
                timeout=60,
            )
        )

    @staticmethod
    def _with_retries(request: Callable[[], requests.Response]) -> requests.Response:
        """Label Studio on SQLite answers 500 now and then, when its database is locked; a person clicks again."""
        for _ in range(5):
            answer = request()
            if answer.status_code < 500:
                return answer
            time.sleep(0.5)
        return answer

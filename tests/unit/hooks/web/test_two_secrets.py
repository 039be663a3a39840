"""While the secret is exchanged, what comes with the one before is taken as well, on every way in; and afterwards no longer."""

import base64
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
import requests
from flask.testing import FlaskClient
from huey import MemoryHuey

from hooks.app import create_app
from hooks.web.dashboard.viewer import COOKIE, cookie_signer
from ls_backend.errors import GatewayError
from ls_backend.label_studio.sdk import SdkGateway
from ls_backend.services.connections import SECRET_HEADER
from ls_backend.services.context import Context
from ls_backend.settings import Settings
from ls_templates.plugin import protocol
from ls_templates.plugin.identity import KEY_PURPOSE, SCHEME, Identity, Role
from tests import fakes

OLD, NEW, FORGOTTEN = (fakes.SECRET, "the secret after that one", "a secret of long ago")


def settings(secret: str, previous: str | None = None) -> Settings:
    return fakes.settings(secret=secret, previous_secret=previous)


def client(ctx: Context, made: Settings) -> FlaskClient:
    return create_app(made, ctx=replace(ctx, settings=made), queue=MemoryHuey(immediate=True)).test_client()


@pytest.fixture
def project(ctx: Context) -> int:
    return fakes.attach(ctx, gold=0, annotators=2)


def webhook(ctx: Context, asked: FlaskClient, sender: Settings, project: int) -> int:
    event = fakes.gateway(ctx).annotate(next(iter(fakes.gateway(ctx).tasks(project))).id, 7, "left")
    headers = {SECRET_HEADER: sender.webhook_secret(project)}
    return asked.post("/webhook", json=event, headers=headers).status_code


def ml_backend(_ctx: Context, asked: FlaskClient, sender: Settings, project: int) -> int:
    word = base64.b64encode(f"project-{project}:{sender.ml_password(project)}".encode()).decode()
    return asked.post(
        "/predict", json={"project": f"{project}.1", "tasks": []}, headers={"Authorization": f"Basic {word}"}
    ).status_code


def panel(_ctx: Context, asked: FlaskClient, sender: Settings, project: int) -> int:
    headers = protocol.authorization(sender.plugin_keys[0])
    return asked.get(f"/panel?project={project}&user=7", headers=headers).status_code


def page(_ctx: Context, asked: FlaskClient, sender: Settings, _project: int) -> int:

    token = Identity("1", "boss@example.com", Role.ADMIN, "0").signed(sender.derive(KEY_PURPOSE), now=time.time())
    return asked.get("/steadyhand/", headers={"Authorization": f"{SCHEME} {token}"}).status_code


def cookie(_ctx: Context, asked: FlaskClient, sender: Settings, _project: int) -> int:
    asked.set_cookie(COOKIE, cookie_signer(settings(sender.secret.get_secret_value())).dumps("boss@example.com"))
    return asked.get("/steadyhand/").status_code


WAYS = [webhook, ml_backend, panel, page, cookie]


@pytest.mark.parametrize("way", WAYS)
def test_both_secrets_open_while_they_are_exchanged(
    ctx: Context, project: int, way: Callable[[Context, FlaskClient, Settings, int], int]
) -> None:
    during, after = client(ctx, settings(NEW, OLD)), client(ctx, settings(NEW))
    assert way(ctx, during, settings(OLD), project) == 200
    assert way(ctx, during, settings(NEW), project) == 200
    assert way(ctx, during, settings(FORGOTTEN), project) == 403
    assert way(ctx, after, settings(OLD), project) == 403


def test_what_is_signed_is_signed_with_the_new_one() -> None:
    signed = cookie_signer(settings(NEW, OLD)).dumps("boss@example.com")
    assert cookie_signer(settings(NEW)).loads(signed) == "boss@example.com"


def test_pseudonyms_can_outlive_the_secret() -> None:
    kept = fakes.settings(secret=NEW, pseudonym_secret=OLD)
    assert kept.pseudonym("7") == settings(OLD).pseudonym("7") != settings(NEW).pseudonym("7")


def test_a_plugin_with_the_old_secret_is_shown_both(monkeypatch: pytest.MonkeyPatch) -> None:
    known = settings(OLD)

    def plugin(_method: str, _url: str, *, headers: dict[str, str], **_: object) -> requests.Response:
        answer = requests.Response()
        answer.status_code = 200 if protocol.is_authorized(headers["Authorization"], known.plugin_keys) else 403
        answer.headers["Content-Type"] = "application/json"
        answer._content = b'{"version": "0.1.0", "guard": true}'
        return answer

    monkeypatch.setattr(requests, "request", plugin)
    status = SdkGateway("http://studio.test", "k", plugin_keys=settings(NEW, OLD).plugin_keys).plugin()
    assert status is not None
    assert status.guard
    with pytest.raises(GatewayError, match="another STEADYHAND_SECRET"):
        SdkGateway("http://studio.test", "k", plugin_keys=settings(NEW).plugin_keys).plugin()

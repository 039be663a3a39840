"""A filled project, and browsers of an admin, a reviewer, an annotator and a stranger."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from huey import MemoryHuey
from werkzeug.test import TestResponse

from hooks.app import create_app
from hooks.web.dashboard.forms import TOKEN_FIELD, Forms
from ls_backend.services.context import Context
from ls_templates.plugin.identity import KEY_PURPOSE, SCHEME, Identity, Role
from tests import fakes
from tests.filled import filled_project


@dataclass(frozen=True)
class Visitor:
    """Somebody's browser, behind the plugin."""

    client: FlaskClient
    ctx: Context
    identity: Identity | None

    @property
    def _headers(self) -> dict[str, str]:
        if self.identity is None:
            return {}
        token = self.identity.signed(self.ctx.settings.derive(KEY_PURPOSE), now=time.time())
        return {"Authorization": f"{SCHEME} {token}"}

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, headers=self._headers)

    def json(self, path: str) -> dict[str, Any]:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return dict(answer.get_json())

    def post(self, path: str, **fields: str) -> TestResponse:
        """Send a form with the token that this visitor's pages carry."""
        token = Forms(self.ctx.settings).token_for(self.identity.user) if self.identity else ""
        return self.post_plainly(path, **{TOKEN_FIELD: token, **fields})

    def post_plainly(self, path: str, **fields: str) -> TestResponse:
        return self.client.post(path, data=fields, headers=self._headers)

    def after(self, path: str, **fields: str) -> TestResponse:
        """Send a form, and open the page that it leads to."""
        answer = self.post(path, **fields)
        assert answer.status_code == 303, answer.text
        return self.get(answer.headers["Location"])


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    """A context whose Label Studio knows everybody who labels."""
    context = fakes.context(database=f"sqlite:///{tmp_path / 'store.sqlite3'}", members=20)
    yield context
    context.store.close()


@pytest.fixture
def project(ctx: Context) -> int:
    return filled_project(ctx)


@pytest.fixture
def admin(ctx: Context, project: int) -> Visitor:
    return _visitor(ctx, Role.ADMIN)


@pytest.fixture
def reviewer(ctx: Context, project: int) -> Visitor:
    return _visitor(ctx, Role.REVIEWER)


@pytest.fixture
def annotator(ctx: Context, project: int) -> Visitor:
    return _visitor(ctx, Role.ANNOTATOR)


@pytest.fixture
def stranger(ctx: Context, project: int) -> Visitor:
    return replace(_visitor(ctx, Role.ADMIN), identity=None)


def _visitor(ctx: Context, role: Role) -> Visitor:
    app = create_app(ctx.settings, ctx=ctx, queue=MemoryHuey(immediate=True))
    user = "1" if role is Role.ADMIN else "2"
    return Visitor(app.test_client(), ctx, Identity(user, f"user{user}@example.com", role, "0.1.0"))

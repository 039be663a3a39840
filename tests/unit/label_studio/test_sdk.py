"""What Label Studio's refusals become, in words that help. The calls themselves are tested against a real one."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from label_studio_sdk.core.api_error import ApiError

from ls_backend.errors import GatewayError
from ls_backend.label_studio.gateway import MissingError, TransientError
from ls_backend.label_studio.sdk import SdkGateway

BLOCKED = {"detail": "URL resolves to a reserved network address (block: 127.0.0.0/8)"}


@pytest.fixture
def gateway() -> Iterator[SdkGateway]:
    gateway = SdkGateway("http://label-studio.test/", "k" * 40)
    yield gateway
    gateway.close()


@pytest.mark.parametrize(
    ("status", "body", "kind", "message"),
    [
        (403, BLOCKED, GatewayError, "SSRF_PROTECTION_ENABLED=false and ML_BLOCK_LOCAL_IP=false"),
        (401, {"detail": "Invalid token."}, GatewayError, "does not accept the token.*LABEL_STUDIO_API_KEY"),
        (404, {"detail": "No Project matches"}, MissingError, "has no such thing"),
        (500, "<html>", TransientError, "failed with 500"),
        (400, {"validation_errors": {"url": ["bad"]}}, GatewayError, "refused .400.*bad"),
    ],
)
def test_refusals_say_what_to_do(
    gateway: SdkGateway, status: int, body: Any, kind: type[Exception], message: str
) -> None:
    def refuse() -> None:
        raise ApiError(status_code=status, body=body)

    with pytest.raises(kind, match=message):
        gateway._call("doing it", refuse)


def test_a_lost_connection_says_where(gateway: SdkGateway) -> None:
    def lost() -> None:
        raise httpx.ConnectTimeout("timed out")

    with pytest.raises(TransientError, match=r"http://label-studio\.test can't be reached"):
        gateway._call("doing it", lost)


def test_a_page_after_a_full_last_one_is_no_page(gateway: SdkGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    class Task:
        def model_dump(self, mode: str) -> dict[str, int]:
            return {"id": 1}

    def listed(*, page: int, **_: Any) -> Any:
        if page > 1:
            raise ApiError(status_code=404, body={"detail": "Invalid page."})
        return type("Page", (), {"items": [Task()] * 500})

    monkeypatch.setattr(gateway._client.tasks, "list", listed)
    assert len(list(gateway.tasks(1))) == 500


def test_the_plugin_is_asked_without_importing_the_sdk() -> None:
    code = (
        "import sys; from ls_backend.label_studio.sdk import SdkGateway; from ls_backend.errors import GatewayError\n"
        "gateway = SdkGateway('http://127.0.0.1:9', 'k' * 40)\n"
        "try: gateway.plugin()\n"
        'except GatewayError as error: assert "can\'t be reached" in str(error)\n'
        "gateway.close(); assert not {'label_studio_sdk', 'httpx'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

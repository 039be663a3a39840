import pytest

from ls_backend.errors import SettingsError
from ls_backend.settings import Settings
from tests.fakes import SECRET, settings

NAMES = ("LABEL_STUDIO_URL", "LABEL_STUDIO_API_KEY", "STEADYHAND_SECRET")


def test_secrets_have_no_defaults_and_all_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SettingsError) as error:
        Settings.read()
    assert all(name in str(error.value) for name in NAMES)


def test_a_bad_value_is_named_and_a_secret_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEADYHAND_SECRET", "too short")
    with pytest.raises(SettingsError) as error:
        Settings.read(label_studio_url="u", label_studio_api_key="k")
    assert "STEADYHAND_SECRET" in str(error.value)
    assert "too short" not in str(error.value)


def test_secrets_are_not_in_a_repr() -> None:
    assert SECRET not in repr(settings())
    assert "tttt" not in repr(settings())


def test_derived_secrets_differ_by_purpose_and_project() -> None:
    s = settings()
    derived = {s.webhook_secret(1), s.webhook_secret(2), s.ml_password(1), *s.plugin_keys}
    assert len(derived) == 4
    assert SECRET not in "".join(derived)


def test_pseudonyms_are_stable_and_say_nothing() -> None:
    s = settings()
    assert s.pseudonym("42") == s.pseudonym("42") != s.pseudonym("43")
    assert "42" not in s.pseudonym("42").removeprefix("annotator-") or len(s.pseudonym("42")) == 18


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEADYHAND_RECONCILE_MINUTES", "7")
    assert settings().reconcile_minutes == 7

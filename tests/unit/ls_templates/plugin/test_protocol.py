"""What the plugin and the service say to each other."""

import hashlib
import hmac

import pytest

from ls_templates.plugin import protocol


def test_each_side_accepts_what_the_other_sends() -> None:
    key = protocol.derive_key("a secret of the team", protocol.KEY_PURPOSE)
    sent = protocol.authorization(key)
    assert sent == {"Authorization": f"Steadyhand {key}"}
    assert protocol.is_authorized(sent["Authorization"], [key])


@pytest.mark.parametrize(
    "header", [None, "", "Steadyhand", "Steadyhand ", "Token key", "steadyhand key", "Steadyhand kéy"]
)
def test_nothing_else_is_accepted(header: str | None) -> None:
    assert not protocol.is_authorized(header, ["key"])


def test_a_key_is_derived_as_installed_plugins_and_services_do() -> None:
    expected = hmac.new(b"a secret of the team", b"plugin", hashlib.sha256).hexdigest()
    assert protocol.derive_key("a secret of the team", "plugin") == expected


@pytest.mark.parametrize(
    "body",
    [None, [], "text", {}, {"project": 1}, {"project": "1", "data": {}, "user": 2, "key": "k"}],
)
def test_a_request_that_lacks_something_is_refused_by_name(body: object) -> None:
    with pytest.raises(protocol.ProtocolError, match=r"the body is|is missing|it must be"):
        protocol.SeedRequest.from_json(body)


def test_requests_arrive_as_they_were_sent() -> None:
    seed = protocol.SeedRequest(1, {"prompt": "x"}, user=2, key="k")
    assert protocol.SeedRequest.from_json(seed.to_json()) == seed
    policy = protocol.PolicyRequest(1, hidden=False)
    assert policy.to_json() == {"project": 1, "hidden": False}
    assert protocol.PolicyRequest.from_json(policy.to_json()) == policy
    assert policy.changes() == {"hidden": False}


def test_a_pause_arrives_as_it_was_sent_and_needs_a_reason() -> None:
    for reason in ("read the guidelines again", None):
        pause = protocol.PauseRequest(1, user=2, reason=reason)
        assert protocol.PauseRequest.from_json(pause.to_json()) == pause
    with pytest.raises(protocol.ProtocolError, match="`reason` is empty"):
        protocol.PauseRequest.from_json({"project": 1, "user": 2, "reason": " "})
    with pytest.raises(protocol.ProtocolError, match="`reason` is 7; it must be text"):
        protocol.PauseRequest.from_json({"project": 1, "user": 2, "reason": 7})


def test_what_is_unclear_arrives_as_it_was_sent() -> None:
    asked = protocol.UnclearRequest(1, 2, 3, {"prompt": "x"}, "other", "why")
    assert protocol.UnclearRequest.from_json(asked.to_json()) == asked
    for name in asked.to_json():
        without = {key: value for key, value in asked.to_json().items() if key != name}
        with pytest.raises(protocol.ProtocolError, match=f"`{name}` is missing"):
            protocol.UnclearRequest.from_json(without)


def test_trainings_guides_and_answers_arrive_as_they_were_sent() -> None:
    training = protocol.TrainingRequest(1, 2, [3, 4])
    assert protocol.TrainingRequest.from_json(training.to_json()) == training
    with pytest.raises(protocol.ProtocolError, match="`admitted` must be a list of whole numbers"):
        protocol.TrainingRequest.from_json({"project": 1, "training": 2, "admitted": ["3"]})
    guide = protocol.GuideRequest(1, 2, [3, 4])
    assert protocol.GuideRequest.from_json(guide.to_json()) == guide
    with pytest.raises(protocol.ProtocolError, match="`readers` must be a list of whole numbers"):
        protocol.GuideRequest.from_json({"project": 1, "version": 2, "readers": ["3"]})
    with pytest.raises(protocol.ProtocolError, match="versions count from 1, and 0 is none"):
        protocol.GuideRequest.from_json({"project": 1, "version": -1, "readers": []})
    answers = protocol.OnboardingRequest(1, 2, [{"id": 3}])
    assert protocol.OnboardingRequest.from_json(answers.to_json()) == answers
    with pytest.raises(protocol.ProtocolError, match=r"`answers` is .*; it must be a list"):
        protocol.OnboardingRequest.from_json({"project": 1, "user": 2, "answers": {}})

"""Values are asked for once, and not before somebody looks."""

from ls_backend.formats.deferred import Deferred


def test_values_are_put_together_once_and_when_looked_at() -> None:
    asked = list[str]()

    def values() -> dict[str, int]:
        asked.append("all")
        return {"a": 1, "b": 2}

    deferred = Deferred(2, values)
    assert len(deferred) == 2
    assert not asked
    assert deferred["a"] == 1
    assert dict(deferred) == {"a": 1, "b": 2}
    assert asked == ["all"]

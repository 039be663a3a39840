import pytest

from ls_backend.errors import InputError
from ls_backend.label_studio.records import StudioProject, StudioTask


def test_a_record_takes_the_fields_it_names_and_a_default_for_what_is_null() -> None:
    project = StudioProject.from_json({"id": 3, "title": "Pairs", "color": "#fff", "model_version": None})
    assert (project.id, project.title, project.model_version) == (3, "Pairs", None)


def test_a_task_is_the_same_record_from_an_event_and_from_the_api() -> None:
    event = {"id": 5, "data": {"prompt": "p"}, "overlap": 2}
    api = event | {"is_labeled": False, "annotations": [], "total_annotations": 0}
    assert StudioTask.from_json(event) == StudioTask.from_json(api) == StudioTask(5, {"prompt": "p"}, overlap=2)


def test_a_task_without_id_is_refused() -> None:
    with pytest.raises(InputError, match="a task lacks a usable 'id'"):
        StudioTask.from_json({"data": {}})

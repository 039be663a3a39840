"""Gold of experts through a real Label Studio."""

import pytest

from ls_backend.services.attaching import MonitoringTerms, attach
from ls_backend.services.processing import process
from ls_backend.store import gold
from tests import fakes
from tests.fakes import ADMIN
from tests.servers import House

pytestmark = pytest.mark.integration


def test_what_two_experts_agree_on_is_gold_and_follows_them(house: House) -> None:
    experts, made = house.plain_project(tasks=3, overlap=2, title="Experts"), house.plain_project(tasks=5)
    one, other = (house.member(name, experts) for name in ("expert-one", "expert-two"))
    assert len(house.label(one, 3)) == 3
    house.label(other, 1, "right")
    attach(house.ctx, ADMIN, made, MonitoringTerms(contract=fakes.CONTRACT, gold_project=experts, min_lag=2))
    authors = [record.author for record in gold.records(house.ctx.store, made)]
    assert authors == [str(one.id)] * 2, "the first is disputed"
    assert len(house.label(other, 2)) == 2
    process(house.ctx, ADMIN, made, pull="recent", wait=60.0)
    records = gold.records(house.ctx.store, made)
    assert {(record.author, record.truth_of_project) for record in records} == {(None, experts)}
    assert all(record.data.keys() >= {"prompt", "response_a", "response_b"} for record in records)

"""Simulated annotators respond to pay."""

from ls_backend.contracts.terms import Contract
from ls_backend.simulation.incentives import best_reply
from ls_backend.simulation.project import Design
from tests.fakes import CONTRACT

TERMS = Contract.parse(CONTRACT)
DESIGN = Design(labels=200, retest_rate=0.1, gold_rate=0.1)


def test_those_who_respond_give_more_care_for_more_pay_and_less_where_it_costs_more() -> None:
    double = Contract.parse(CONTRACT.replace("per_judgment_minor = 10", "per_judgment_minor = 20"))
    assert best_reply(TERMS, 8.0, DESIGN) >= best_reply(TERMS, 16.0, DESIGN)
    assert best_reply(double, 16.0, DESIGN) > best_reply(TERMS, 16.0, DESIGN)
    assert best_reply(TERMS, 1e6, DESIGN) == 0.0

from ls_backend.contracts.terms import Contract
from ls_backend.simulation.proposals import Programme, propose_contract


def test_a_proposal_keeps_to_the_budget_and_can_be_signed() -> None:
    programme = Programme(annotators=12, labels_a_week=40, budget_minor=30_000, value_minor=60, currency="EUR", weeks=4)
    proposal = propose_contract(programme, seeds=3)
    assert Contract.parse(proposal.contract).currency == "EUR"
    assert proposal.expected is not None
    assert 0 < proposal.expected.spent_minor <= 30_000
    assert proposal.expected.gain_minor > 0


def test_without_budget_for_any_contract_nothing_is_expected() -> None:
    programme = Programme(annotators=12, labels_a_week=40, budget_minor=1, value_minor=60, currency="EUR")
    proposal = propose_contract(programme, seeds=1)
    assert proposal.expected is None
    assert Contract.parse(proposal.contract).currency == "EUR"

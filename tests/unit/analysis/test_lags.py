from ls_backend.analysis.lags import LagCounts, agreement_by_lag
from ls_backend.measurement.judgments import Judgment, Judgments


def test_agreement_is_counted_by_the_judgments_in_between() -> None:
    rows = [Judgment("a", f"i{n}", 1, False, float(n)) for n in range(60)]
    rows += [
        Judgment("a", f"i{n}", answer, True, 60.0 + k)
        for k, (n, answer) in enumerate([(57, 1), (40, -1), (5, 1), (4, -1)])
    ]
    bands = agreement_by_lag(LagCounts.of(Judgments.of(rows)))
    assert [(b.least, b.most, b.agreement.n, b.agreement.value) for b in bands] == [
        (0, 9, 1, 1.0),
        (20, 49, 1, 0.0),
        (50, 99, 2, 0.5),
    ]
    assert [band.least for band in agreement_by_lag(LagCounts.of(Judgments.of(rows), min_lag=10))] == [20, 50]
    assert agreement_by_lag(LagCounts.of(Judgments.of(rows[:5]))) == []

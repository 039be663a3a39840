"""A whole project is settled as often as one likes: each part follows on the one before, and has no work of its own."""

from hypothesis import given
from hypothesis import strategies as st

from ls_backend.services.queries.periods import WHOLE, next_part, part_of_whole, to_be_settled
from ls_backend.store.ledger import FOREVER
from ls_backend.store.records import SettlementKind, SettlementRecord

MOMENTS = st.lists(st.floats(1e9, 2e9, allow_nan=False), min_size=1, max_size=6, unique=True).map(sorted)


def settled(number: int, name: str, start: float, end: float, at: float) -> SettlementRecord:
    return SettlementRecord(number, 1, name, SettlementKind.PERIOD, start, end, "", at, "a@example.com", None, None)


@given(MOMENTS, st.booleans())
def test_parts_follow_on_each_other_and_only_the_first_has_work(moments: list[float], first_was_for_ever: bool) -> None:
    done: list[SettlementRecord] = []
    for number, now in enumerate(moments, 1):
        name = next_part(done)
        period = to_be_settled(name, done, now=now)
        assert part_of_whole(name) == number
        assert (period.start, period.end) == ((now, now) if done else (0.0, now))
        end = FOREVER if first_was_for_ever and number == 1 else period.end  # as 0.1.0 wrote it
        done.append(settled(number, name, period.start, end, now))
    assert done[0].name == WHOLE

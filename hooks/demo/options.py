"""What the demo can be asked for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DemoOptions:
    """See ``steadyhand demo --help``. ``gold_rate`` is the share of chosen/rejected pairs that become gold items."""

    pairs: str | None
    annotators: int
    labels: int
    seed: int
    retest_rate: float
    gold_rate: float
    port: int
    keep: bool
    outage: bool
    json_file: str | None
    logins: str | None
    label_studio: str | None

"""The forty annotators of the studies: a fifth is careless (eta 0.4), the others are at 0.9, and a fifth of all are an honest
minority with the opposite taste on half of the items."""

from ls_backend.simulation.project import SimulatedAnnotator, steady

CARELESS, MINORITY, CAREFUL = 8, 8, 24
FORTY_ANNOTATORS: tuple[SimulatedAnnotator, ...] = (
    *[steady("careless", 0.4)] * CARELESS,
    *[steady("minority", 0.9, opposed=0.5)] * MINORITY,
    *[steady("careful", 0.9)] * CAREFUL,
)

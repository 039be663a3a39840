"""The rules of an incentive programme: which seed is due, who is in which arm of a pilot. Pure."""

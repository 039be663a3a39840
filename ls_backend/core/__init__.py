"""Pure statistics of preference judgments: no input or output, no clock, no environment, no unseeded randomness."""

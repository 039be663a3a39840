"""Trying things on simulated annotators before anybody is paid or judged. Pure: the random generator is an argument."""

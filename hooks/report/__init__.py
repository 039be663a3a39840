"""What commands and the demo print for people: a module for each group of commands, and :mod:`hooks.report.layout` below them."""

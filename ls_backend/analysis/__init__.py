"""What is shown to people and moves neither score nor pay. Pure."""

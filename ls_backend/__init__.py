"""What an annotator's judgments are worth: scores, reputation, contracts and the way in and out of Label Studio."""

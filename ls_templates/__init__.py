"""What the annotator sees inside Label Studio: labelling templates with their catalogue, and the plugin."""

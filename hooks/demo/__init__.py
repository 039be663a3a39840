"""The whole path on one machine, every step real: Label Studio, the plugin, the service, and annotators who label.

Only the annotators are simulated, by the annotator model, so that what Steadyhand says of them can be printed beside the truth.
"""

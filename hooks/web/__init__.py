"""The service's HTTP routes: webhook, ML backend, panel, operations. Each module makes a blueprint over one context."""

"""The guard: roles for Label Studio Community."""

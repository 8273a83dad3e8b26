"""mumax3."""

from afterpulse.timeline.engines.embedded import drive as drive  # noqa

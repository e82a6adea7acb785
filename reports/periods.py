"""The periods that reports cover; see `priorities.periods`."""

from priorities.periods import MovingPeriod, Period

__all__ = ["MovingPeriod", "Period"]

"""Section of the experiment card: grid, time steps and what LLG computes."""

import math
from typing import Annotated, Literal

from pydantic import Field, Strict, model_validator

from afterpulse.cards import quantity as q
from afterpulse.cards.fields import Card, Count, fault

FEWEST_CELLS = 4
# Along an edge; LLG of a film of 4096 x 4096 cells takes some gigabytes.
MOST_CELLS = 4096

Micromagnetics = Literal["none", "edges", "pulse", "throughout"]


class Fields(Card):
    """Magnetisation fields of whole pulses by LLG that are stored."""

    keep: Literal["final", "all", "none"]
    """`all`: at the outputs nearest to multiples of the interval since the start of each pulse, and
    at the last output by LLG. `final`: at the last output by LLG alone."""
    interval: q.PositiveTime = Field("1 ns", validate_default=True)
    """Time between stored fields with `all`; at least `output_interval`."""


class Numerics(Card):
    """Grid, time steps, and the parts of a pulse that LLG computes."""

    window: q.PositiveLength
    """Edge of the square window of the film that is computed; a multiple of the cell."""
    cell: q.PositiveLength
    """Edge of a cell in the plane."""
    llg_time_step: q.PositiveTime
    """Step of the stochastic LLG integrator."""
    llg_pulse_max: q.PositiveTime = Field("20 ns", validate_default=True)
    """With `edges`, a pulse up to this width is LLG throughout."""
    leading_edge: q.PositiveTime = Field("2 ns", validate_default=True)
    """With `edges`, LLG time at the start of a longer pulse."""
    trailing_edge: q.PositiveTime = Field("1 ns", validate_default=True)
    """LLG time after the end of a pulse."""
    micromagnetics: Micromagnetics
    """What LLG computes: nothing, the edges of pulses, whole pulses with `trailing_edge` after
    them, or all. The kinetics compute the rest."""
    rise_time: q.NonNegativeTime = Field("0 s", validate_default=True)
    """Time in which the current rises at the start of a pulse, and falls from its end on, where LLG
    computes it; the kinetics switch it at once."""
    output_interval: q.PositiveTime = Field("10 ps", validate_default=True)
    """Time between stored steps of whole pulses by LLG, and after their end until it is less than a
    step of `steps_per_decade`."""
    temperature_step: q.PositiveTemperature = Field("1 K", validate_default=True)
    """Most change of the temperature over which whole pulses by LLG keep the parameters of one
    temperature."""
    fields: Fields | None = None
    """Magnetisation fields that are stored; null: none."""
    frozen_grains: Annotated[bool, Strict()] = False
    """Grains keep their states while LLG computes whole pulses; otherwise they reverse by the
    kinetics."""
    steps_per_decade: Annotated[int, Strict(), Field(ge=1, le=1000)] = 12
    """Steps of the kinetics per decade of time since the last pulse edge."""
    flicker_limit: Annotated[float, Strict(), Field(gt=0, le=1e15)] = 30.0
    """Most reversals, there and back, of one element since the last change of current. The limit is
    doubled if its estimated change of the mean state exceeds 0.02."""
    engine_time_limit: q.PositiveTime = Field("24 h", validate_default=True)
    """Wall time after which a film on an external engine is given up."""
    precision: Literal["float32", "float64"]
    """Floating-point format of LLG."""
    points_per_chunk: Count | None = None
    """Most points in one workflow job; null: up to ten minutes of one core and 1 GB. No result
    depends on this number."""

    @model_validator(mode="after")
    def _whole_cells(self) -> "Numerics":
        cells = self.window / self.cell
        got = f"{self.window:g} m, which is {cells:g} cells"
        if not math.isclose(cells, round(cells), rel_tol=1e-9):
            raise fault("window", f"a multiple of the cell of {self.cell:g} m", got)
        along = f"cells of {self.cell:g} m along an edge"
        if round(cells) < FEWEST_CELLS:
            raise fault("window", f"at least {FEWEST_CELLS} {along}", got)
        if cells > MOST_CELLS + 0.5:
            raise fault("window", f"at most {MOST_CELLS} {along}", got)
        return self

    @model_validator(mode="after")
    def _stored_fields(self) -> "Numerics":
        kept = self.fields
        if kept is None or not self.keeps_fields:
            return self
        if self.micromagnetics not in ("pulse", "throughout"):
            expected = f"none with micromagnetics: {self.micromagnetics}"
            raise fault("fields.keep", expected, kept.keep)
        if kept.keep == "all" and kept.interval < self.output_interval:
            expected = f"at least the output_interval of {self.output_interval:g} s"
            raise fault("fields.interval", expected, f"{kept.interval:g} s")
        return self

    @property
    def keeps_fields(self) -> bool:
        """Whether magnetisation fields are stored."""
        return self.fields is not None and self.fields.keep != "none"

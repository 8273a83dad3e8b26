"""What an inference of mechanisms says, in words."""

import xarray as xr

from afterpulse.cards.mechanisms import MECHANISMS
from afterpulse.device import Device
from afterpulse.inference.prior import MECHANISM_OF, PRIOR, card_value


def in_words(found: xr.Dataset, device: Device) -> list[str]:
    """Say which mechanisms the traces show and what they tell of the parameters.

    Parameters
    ----------
    found : Dataset
        See `infer`.
    device : Device
        The card.

    Returns
    -------
    list of str
        One line for the combination, one a mechanism and one a parameter; none for parameters of
        a mechanism that is off, and a reservation where it is not known to be on.
    """
    best = found["probability"].argmax("mechanism_set")
    lines = [
        f"combination: {spelled(found['verdict'].item())}; most likely "
        f"{spelled(found['mechanism_set'][best].item())} "
        f"({float(found['probability'][best]):.2f})"
    ]
    for name in found["mechanism"].values:
        one = found.sel(mechanism=name)
        lines.append(
            f"{spelled(name)}: {one['mechanism_verdict'].item()} "
            f"(probability {float(one['mechanism_probability']):.3f})"
        )
    verdicts = found["mechanism_verdict"].to_series()
    for name in PRIOR:
        mechanism = MECHANISM_OF.get(name)
        verdict = "on" if mechanism is None else verdicts[mechanism]
        if verdict == "off":
            continue
        condition = "" if verdict == "on" else f", if the {spelled(mechanism)} acts"
        low, middle, high = (
            float(found["parameter_quantile"].sel(parameter=name, quantile=one))
            for one in (0.025, 0.5, 0.975)
        )
        unit = " s" if card_value(device, name) is None else " of the card's value"
        lines.append(
            f"{spelled(name)}: {rounded(middle)}{unit} "
            f"(95 %: {rounded(low)} to {rounded(high)}){condition}"
        )
    return lines


def spelled(name: object) -> str:
    """Give the name of a mechanism, a combination, a verdict or a parameter as words."""
    return ", ".join(
        MECHANISMS[one].label if one in MECHANISMS else one.replace("_", " ")
        for one in str(name).split("+")
    )


def rounded(number: float) -> str:
    """Give three digits of a number, without a power of ten where it is below a million."""
    return f"{float(f'{number:.3g}'):g}"

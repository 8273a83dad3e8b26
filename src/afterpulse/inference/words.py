"""Results of an inference of mechanisms in words."""

import xarray as xr

from afterpulse.cards.mechanisms import MECHANISMS
from afterpulse.device import Device
from afterpulse.inference.prior import MECHANISM_OF, PRIOR, card_value


def in_words(inferred: xr.Dataset, device: Device) -> list[str]:
    """Describe the result of `infer`, one line per mechanism and parameter.

    Parameters of a mechanism that is off are left out; those of a mechanism that is not known to
    be on get a condition.
    """
    best = inferred["probability"].argmax("mechanism_set")
    lines = [
        f"combination: {spelled(inferred['verdict'].item())}; most likely "
        f"{spelled(inferred['mechanism_set'][best].item())} "
        f"({float(inferred['probability'][best]):.2f})"
    ]
    for name in inferred["mechanism"].values:
        entry = inferred.sel(mechanism=name)
        lines.append(
            f"{spelled(name)}: {entry['mechanism_verdict'].item()} "
            f"(probability {float(entry['mechanism_probability']):.3f})"
        )
    verdicts = inferred["mechanism_verdict"].to_series()
    for name in PRIOR:
        mechanism = MECHANISM_OF.get(name)
        verdict = "on" if mechanism is None else verdicts[mechanism]
        if verdict == "off":
            continue
        condition = "" if verdict == "on" else f", if the {spelled(mechanism)} acts"
        low, middle, high = (
            float(inferred["parameter_quantile"].sel(parameter=name, quantile=quantile))
            for quantile in (0.025, 0.5, 0.975)
        )
        unit = " s" if card_value(device, name) is None else " of the card's value"
        lines.append(
            f"{spelled(name)}: {rounded(middle)}{unit} "
            f"(95 %: {rounded(low)} to {rounded(high)}){condition}"
        )
    return lines


def spelled(name: object) -> str:
    """Return the name of a mechanism, a combination, a verdict or a parameter as words."""
    return ", ".join(
        MECHANISMS[each].label if each in MECHANISMS else each.replace("_", " ")
        for each in str(name).split("+")
    )


def rounded(number: float) -> str:
    """Return three digits of a number, without a power of ten if it is below a million."""
    return f"{float(f'{number:.3g}'):g}"

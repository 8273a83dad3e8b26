// One point of the sweep and one delay, in all views. Points are counted width by width.
const amplitudes = data.amplitude.length
const a = Number(amplitude.value), w = Number(width.value), d = delay.value
const point = w * amplitudes + a
const shifted = (p, by, sign) => data.mean[p].map((mean, i) => mean + sign * by[p][i])

points.selected.indices = [point]
trace.data = {
    delay: data.delay,
    mean: data.mean[point],
    below: shifted(point, data.error, -1),
    above: shifted(point, data.error, 1),
    low: shifted(point, data.reach, -1),
    high: shifted(point, data.reach, 1),
    initial: data.delay.map(() => data.initial[point]),
    kelvin: data.temperature[point],
}
single.data = {
    delay: data.replicates[point].map(() => data.delay),
    voltage: data.replicates[point],
}
const modelled = data.model[point]
fitted.data = {delay: modelled.length ? data.delay : [], voltage: modelled}
moment.location = data.delay[d]
curves.forEach((curve, index) => {
    const rows = [...Array(amplitudes).keys()].map((i) => index * amplitudes + i)
    const at = (by, sign) => rows.map((p) => data.mean[p][d] + sign * by[p][d])
    curve.data = {
        ...curve.data,
        mean: rows.map((p) => data.mean[p][d]),
        below: at(data.error, -1),
        above: at(data.error, 1),
        low: at(data.reach, -1),
        high: at(data.reach, 1),
    }
})
const mean = data.mean[point][d], error = data.error[point][d], reach = data.reach[point][d]
ring.data = {amplitude: [data.amplitude[a]], mean: [mean]}

const row = (name) => points.data[name][point]
heading.text = `${row("amplitude")}, ${row("width")}`
across_heading.text = `${delays[d]} after the pulse`
const spread = data.several
    ? ` ± ${error.toFixed(2)} ${unit} (95 %: ${(mean - reach).toFixed(2)} to ${(mean + reach).toFixed(2)} ${unit})`
    : ` ${unit} (one replicate, no interval)`
readout.text = `<b>${row("amplitude")}, ${row("width")}, ${delays[d]} after the pulse:</b>
    V<sub>AHE</sub> = ${mean.toFixed(2)}${spread}, before the pulse ${data.initial[point].toFixed(2)} ${unit};
    ${data.temperature[point][d].toFixed(1)} K.
    Fraction retained: ${row("fraction_text")}. Retention time: ${row("time_text")}.
    Model: ${row("model")}.`

import html as hypertext
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import numpy as np
import pytest
import xarray as xr
from bokeh.document import Document
from bokeh.models import ColumnDataSource, CustomJS, Select

from afterpulse import datasets
from afterpulse.figures import explore, explore_page

CARDS = {
    "device_card": json.dumps({"name": "made_up"}),
    "experiment_card": json.dumps(
        {"name": "sweep", "title": "A <sweep>", "engine": "embedded", "seed": 1}
    ),
    "seed": 1,
}
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# 97.5 % quantile of Student's t for five degrees of freedom, from a printed table.
STUDENT = 2.5706


@pytest.fixture(scope="module")
def swept(ahe):
    """Amplitudes of the fixture `decays`."""
    return ahe.isel(pulse_amplitude=slice(0, None, 3))


@pytest.fixture(scope="module")
def html(swept, decays, tmp_path_factory):
    folder = tmp_path_factory.mktemp("explore")
    datasets.write(swept, folder / "ahe.nc", CARDS)
    datasets.write(decays, folder / "decay.nc", CARDS)
    explore.FIGURE.draw([str(folder / f"{name}.nc") for name in ("ahe", "decay")], folder / "page")
    assert sorted(path.name for path in folder.iterdir()) == ["ahe.nc", "decay.nc", "page.html"]
    return (folder / "page.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def document(html):
    (held,) = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', html, re.DOTALL)
    (content,) = json.loads(hypertext.unescape(held)).values()
    return Document.from_json(content)


@pytest.fixture(scope="module")
def points(document):
    (source,) = (
        one for one in document.select({"type": ColumnDataSource}) if "fraction" in one.data
    )
    return source.data


class References(HTMLParser):
    """What a page loads."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found += [(tag, value) for name, value in attrs if name in ("src", "href")]


def test_page_loads_nothing(html):
    parser = References()
    parser.feed(html)
    assert parser.found == []
    assert "@import" not in html


def test_title_of_a_card_is_text(html):
    assert "<h1>A &lt;sweep&gt; (made_up)</h1>" in html


def test_cells_are_the_decays_width_by_width(points, decays):
    for column, name in (("fraction", "share_retained"), ("time", "retention_time")):
        np.testing.assert_allclose(
            np.array(points[column], dtype=float), decays[name].values.T.ravel()
        )
    middle = 0.5 * (np.array(points["left"]) + np.array(points["right"]))
    np.testing.assert_allclose(
        np.reshape(middle, (3, 3)), [1e3 * decays["pulse_amplitude"].values] * 3
    )
    assert list(points["width"]) == ["10 µs"] * 3 + ["1 ms"] * 3 + ["100 ms"] * 3
    assert list(points["amplitude"][:3]) == [
        "0.3 I_c, 600 µA",
        "0.6 I_c, 1.2 mA",
        "0.9 I_c, 1.8 mA",
    ]


def test_texts_carry_intervals_units_and_reasons(points, decays):
    flat = decays.stack(point=("pulse_width", "pulse_amplitude"))
    kinds = set()
    for number, (fraction, time) in enumerate(
        zip(points["fraction_text"], points["time_text"], strict=True)
    ):
        point = flat.isel(point=number)
        refused = str(point["refused"].values)
        low, high = point["share_retained_interval"].values
        lower = float(point["retention_time_interval"].sel(bound="lower"))
        if refused:
            kinds.add("refused")
            assert fraction == time == f"not evaluated: {refused}"
            continue
        assert fraction == f"{float(point['share_retained']):.2f} (95 %: {low:.2f} to {high:.2f})"
        if np.isinf(lower):
            kinds.add("endless")
            assert time == "longer than 19.5 s (95 %: > 19.5 s)"
    assert kinds == {"refused", "endless"}


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        ((1.234, 5.0), "95 %: 1.23 s to 5 s"),
        ((1.234, np.inf), "95 %: 1.23 s to > 19.5 s"),
        ((np.inf, np.inf), "95 %: > 19.5 s"),
    ],
)
def test_bound_beyond_the_window_is_said_so(interval, text):
    point = xr.Dataset({"time_interval": ("bound", list(interval))}, attrs={"confidence": 0.95})
    assert explore_page.interval(point, "time", ".3g", " s", 19.5) == text


def test_curves_have_the_mean_its_error_and_students_interval(swept, decays):
    data = explore_page.curve_data(
        swept.sortby(["pulse_width", "pulse_amplitude"]), decays, factor=1e6
    )
    values = 1e6 * swept["anomalous_hall_voltage"].isel(pulse_width=1, pulse_amplitude=2).values
    error = values.std(axis=0, ddof=1) / np.sqrt(6)
    np.testing.assert_allclose(data["mean"][5], values.mean(axis=0), rtol=1e-4)
    np.testing.assert_allclose(data["error"][5], error, rtol=1e-4)
    np.testing.assert_allclose(data["reach"][5], STUDENT * error, rtol=2e-4)
    np.testing.assert_allclose(data["replicates"][5], values, rtol=1e-4)
    np.testing.assert_allclose(data["initial"], 100.0)
    # Models begin at the probe, near the mean.
    for point, model in enumerate(data["model"]):
        if model:
            assert np.isnan(np.array(model)[np.array(data["delay"]) < 0.5]).all()
            fitted = np.array(model)[np.array(data["delay"]) >= 0.5]
            mean = np.array(data["mean"][point])[np.array(data["delay"]) >= 0.5]
            np.testing.assert_allclose(fitted, mean, atol=2)
    assert any(data["model"])


def test_one_replicate_has_no_interval(swept, decays):
    data = explore_page.curve_data(swept.isel(replicate=[0]), decays, factor=1e6)
    assert data["several"] is False
    assert set(np.ravel(data["reach"])) == {0.0}


def test_every_view_is_filled_by_one_script(document):
    shows = [one for one in document.select({"type": CustomJS}) if "readout" in one.args]
    (show,) = shows
    amplitude, width = document.select({"type": Select})
    assert show in amplitude.js_property_callbacks["change:value"]
    assert show in width.js_property_callbacks["change:value"]


@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium command")
def test_a_click_shows_the_point_in_a_browser_without_network(html, swept, tmp_path):
    # The last cell is the largest amplitude at the largest width.
    script = """
        const models = [...Bokeh.documents[0]._all_models.values()]
        const readout = Bokeh.documents[0].get_model_by_name("readout")
        const cells = models.find((one) => one.type == "ColumnDataSource" && "fraction" in one.data)
        const first = readout.text
        cells.selected.indices = [8]
        const tell = () => { document.title = JSON.stringify([first, readout.text]) }
        setTimeout(tell, 1500)
    """
    # Bokeh's own code has the word too.
    content, _, end = html.rpartition("</body>")
    changed = f"{content}<script>setTimeout(() => {{{script}}}, 1500)</script></body>{end}"
    (tmp_path / "page.html").write_text(changed, encoding="utf-8")
    run = subprocess.run(
        [
            *(CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"),
            *("--no-first-run", "--disable-background-networking", "--disable-component-update"),
            *("--disable-sync", f"--user-data-dir={tmp_path / 'profile'}"),
            *("--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=8000"),
            *("--enable-logging=stderr", "--dump-dom", f"file://{tmp_path / 'page.html'}"),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    (title,) = re.findall(r"<title>(.*?)</title>", run.stdout, re.DOTALL)
    first, last = json.loads(hypertext.unescape(title))
    values = 1e6 * swept["anomalous_hall_voltage"].sel(delay=0.5)[-1, -1].values
    error = values.std(ddof=1) / np.sqrt(6)
    assert first != last
    assert "0.9 I_c, 1.8 mA, 100 ms, 500 ms after the pulse" in last
    assert f"= {values.mean():.2f} ± {error:.2f} µV" in last
    assert not re.search(r"CONSOLE.*(rror|not defined)", run.stderr)


def test_times_of_nanoseconds_have_their_unit(nanosecond, nanosecond_decays, decays, points):
    cells = explore_page.map_cells(nanosecond_decays)
    expected = [text.replace(" s", " ns") for text in points["time_text"]]
    reasons = [text.startswith("not evaluated") for text in expected]
    assert [a for a, b in zip(cells["time_text"], reasons, strict=True) if not b] == [
        a for a, b in zip(expected, reasons, strict=True) if not b
    ]
    np.testing.assert_allclose(cells["time"], decays["retention_time"].values.T.ravel())
    sweep = nanosecond.isel(pulse_amplitude=slice(0, None, 3))
    sweep = sweep.assign_attrs(CARDS, afterpulse_version="0")
    html = explore_page.page(sweep, nanosecond_decays)
    for text in (
        "time since the end of the pulse (ns)",
        "retention time (ns)",
        "fraction retained at 10 ns",
    ):
        assert text in html
    assert "time (s)" not in html
    assert "pulse (s)" not in html

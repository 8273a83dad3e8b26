"""The one place that knows how datasets lie on disk.

A dataset of an experiment lies at ``results/<device>/<experiment>/<name>.nc`` with the names

========================  =========================================================================
``ahe``                   sweep with a fresh state before each pulse, dims (pulse_amplitude,
                          pulse_width, replicate, delay)
``walk``                  the same where each pulse starts from the state the last one left
``compare``               the same as ``ahe`` with a leading dim mechanism_set
``trains/<label>``        one protocol, dims (mechanism_set, replicate, time) and (pulse)
``trajectories/<chunk>``  points of the plan with all their steps, dims (point, step, unit)
``blocking``              loops after thermal activation, dims (replicate,
                          activation_temperature, loop_step)
``decay``                 what `afterpulse.decay.fit_decays` finds, dims (pulse_amplitude,
                          pulse_width, model); the same as a table in ``decay.csv``
``neuron/<part>``         what a memory cell learns from, dims (train, replicate, pulse_number,
                          reading)
``cell``                  the memory cell
``protocols/<protocol>``  answers of the device to a neuron protocol, the same with a leading dim
                          mechanism_set; those of the cell in ``protocols/cell/<protocol>``
========================  =========================================================================

Of a measured trace ``decay`` has dims (pulse, model) and lies in the folder that
`afterpulse.measured.folder` names.

docs/data.md lists every variable of every dataset. A dataset is read whole by `read`, or opened
by `opened`, which reads nothing but what is asked for, so that it need not fit in memory.
"""

from __future__ import annotations

import glob
import hashlib
import io
import json
import os
import platform
import re
import subprocess
import uuid
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from math import prod
from pathlib import Path
from typing import Any

import dask
import h5py
import numpy as np
import xarray as xr

LAYOUT = "afterpulse 3"
"""Value of the attribute ``layout`` by which `read` knows its own files."""

VOCABULARY = "afterpulse, docs/data.md"
"""Where the standard names are defined; they are our own, CF's table has none for Hall bars."""

CLOCKS = ("step", "delay", "time", "loop_step")
"""Dimensions that follow a film in time."""

STORED_BYTES = 2**18
"""Most bytes of a stored chunk, before compression: a variable that is no larger is one chunk."""

STORED_STEPS = 128
"""Most steps of a stored chunk of a larger variable."""

PIECE_BYTES = 2**22
"""Most bytes of a piece that is read at a time where a dataset is not read whole."""

LIBRARIES = (
    "dask",
    "discretisedfield",
    "h5netcdf",
    "h5py",
    "jax",
    "lmfit",
    "micromagneticmodel",
    "numba",
    "numpy",
    "scikit-learn",
    "scipy",
    "xarray",
)

# name: (units, long_name)
VARIABLES: dict[str, tuple[str, str]] = {
    # clocks
    "time": ("s", "time since the start of the first pulse"),
    "delay": ("s", "time since the end of the pulse"),
    "pulse": ("1", "index of the pulse"),
    "pulse_start": ("s", "start of the pulse"),
    "pulse_end": ("s", "end of the pulse"),
    "stage": ("1", "stage of the timeline"),
    "engine": ("1", "engine that wrote the point"),
    "step": ("1", "number of the stored step in its trajectory"),
    # what was asked for
    "point": ("1", "name of the trajectory, that of its row in plan.csv"),
    "pulse_number": ("1", "number of the pulse in its trajectory"),
    "pulse_amplitude": ("A", "pulse amplitude"),
    "pulse_width": ("s", "pulse width"),
    "relative_amplitude": ("1", "pulse amplitude over critical current"),
    "pulse_current_density": ("A m-2", "current density of the pulse in the spin-Hall layer"),
    "replicate": ("1", "index of the replicate"),
    "mechanism_set": ("1", "mechanisms at work"),
    "seed": ("1", "seed of the random streams"),
    # what was found
    "current": ("A", "current through the Hall bar"),
    "current_density": ("A m-2", "current density in the spin-Hall layer"),
    "temperature": ("K", "temperature of the film"),
    "anomalous_hall_voltage": ("V", "anomalous Hall voltage"),
    "initial_voltage": ("V", "anomalous Hall voltage right before the pulse"),
    "magnetisation_x": ("1", "unit magnetisation, mean of the x component"),
    "magnetisation_y": ("1", "unit magnetisation, mean of the y component"),
    "magnetisation_z": ("1", "unit magnetisation, mean of the z component"),
    "initial_magnetisation_z": (
        "1",
        "unit magnetisation, mean of the z component right before the pulse",
    ),
    "exchange_bias_field": ("T", "exchange-bias field along z, mean over the film"),
    "flicker_error": ("1", "estimated change of <m_z> or grain order by the flicker limit"),
    "grain_order": ("1", "interface spin of the antiferromagnet's grains, mean over the area"),
    "loop": ("1", "hysteresis loop, before the first pulse or at the end"),
    "loop_field": ("T", "applied field along z in a hysteresis loop"),
    "loop_magnetisation_z": ("1", "unit magnetisation in a hysteresis loop, mean z component"),
    "loop_exchange_bias": ("T", "exchange-bias field along z from the shift of a loop"),
    "loop_coercivity": ("T", "coercive field of a loop"),
    "activation_temperature": ("K", "temperature of the thermal activation"),
    # one sample
    "x": ("m", "position along the current"),
    "y": ("m", "position across the current"),
    "grain": ("1", "number of the antiferromagnet's grain"),
    "unit": ("1", "number of the ferromagnet's unit"),
    "grain_index": ("1", "antiferromagnet's grain in the cell"),
    "unit_index": ("1", "ferromagnet's unit in the cell"),
    "grain_state": ("1", "sign of the grain's interface spin along its easy axis"),
    "unit_state": ("1", "sign of the unit's z magnetisation"),
    "unit_grain_order": ("1", "exchange bias of the grains under the unit over that of all up"),
    "cell": ("m", "edge of a cell"),
    "anisotropy_factor": ("1", "anisotropy of the cell over that of the card"),
    "unit_anisotropy_factor": ("1", "mean anisotropy of the unit over that of the card"),
    "unit_threshold_factor": ("1", "critical current of the unit over the median"),
    "pair_unit": ("1", "unit of a pair of units that are near each other"),
    "pair_other": ("1", "other unit of that pair"),
    "pair_border_length": ("m", "length along which the units of a pair touch"),
    "pair_dipolar_volume": ("m3", "dipolar coupling of a pair of units over -mu_0 M_s^2"),
    "own_dipolar_volume": ("m3", "dipolar coupling of a unit with itself over -mu_0 M_s^2"),
    "grain_axis": ("1", "easy axis of the grain, a unit vector"),
    "contact_unit": ("1", "unit of a pair of unit and grain that touch"),
    "contact_grain": ("1", "grain of a pair of unit and grain that touch"),
    "contact_area": ("m2", "area over which unit and grain touch"),
    "pulse_edges": ("1", "engine of the pulse's edges"),
    "protocol": ("1", "part of the experiment"),
    "unit_area": ("m2", "area of the unit"),
    "grain_area": ("m2", "area of the grain"),
    "critical_current": ("A", "current that I_c on the experiment card stands for"),
    # calibration: discs and units by themselves, without thermal field
    "unit_diameter": ("m", "diameter of the disc"),
    "polarity": ("1", "current towards the other state, or the opposite one"),
    "critical_current_density": (
        "A m-2",
        "critical current density, harmonic mean of both polarities",
    ),
    "critical_current_density_of_polarity": ("A m-2", "critical current density"),
    "macrospin_critical_current_density": ("A m-2", "critical current density of a macrospin"),
    "median_macrospin_critical_current_density": (
        "A m-2",
        "critical current density of a macrospin, median unit",
    ),
    "critical_current_density_of_width": (
        "A m-2",
        "current density that reverses the median unit in a pulse of a width",
    ),
    "relative_bias": ("1", "field along the unit's state over its anisotropy field"),
    "critical_current_density_of_bias": ("A m-2", "critical current density in a field along z"),
    "torque_tilt": ("1", "energy tilt of the wells at the critical current over 2 K V"),
    "energy_barrier": ("J", "energy barrier, string method"),
    "coherent_barrier": ("J", "energy barrier of a turn of the whole unit"),
    "path_position": ("1", "place on the path of lowest energy over its length"),
    "path_energy": ("J", "energy on the path of lowest energy"),
    "settling_time": ("s", "time after which the median unit has followed a current"),
    "calibrated_unit": ("1", "number of the unit in the sample"),
    "unit_macrospin_critical_current_density": ("A m-2", "critical current density, macrospin"),
    "unit_critical_current_density": ("A m-2", "critical current density without grains"),
    "unit_critical_current_density_on_grains": ("A m-2", "critical current density on set grains"),
    "measured_unit_diameter": ("m", "diameter of a disc of the unit's area"),
    "unit_anisotropy_field": ("T", "field at which the unit reverses if it turns as one"),
    "unit_exchange_bias": ("T", "exchange bias and applied field of the unit along its state"),
    # decay
    "model": ("1", "model of the decay"),
    "bound": ("1", "end of the confidence interval"),
    "parameter": ("1", "parameter of the model"),
    "change_at_probe": ("V", "change of the Hall voltage at the probe delay, mean"),
    "change_at_probe_stderr": ("V", "standard error of the change at the probe delay"),
    "share_retained": ("1", "change at the later delay over the change at the probe delay"),
    "share_retained_interval": ("1", "confidence interval of the share retained"),
    "retention_time": ("s", "time after the probe until 1/e of the change at the probe is left"),
    "retention_time_interval": ("s", "confidence interval of the retention time"),
    "refused": ("1", "why no decay was evaluated (empty where it was)"),
    "retention_time_refused": ("1", "why there is no retention time (empty where there is one)"),
    "retained_at": ("s", "later delay of the share retained"),
    "window_start": ("s", "first delay of the fit"),
    "window_end": ("s", "last delay of the fit"),
    "points": ("1", "number of delays in the fit"),
    "replicates": ("1", "number of replicates"),
    "reduced_chi_square": ("1", "reduced chi-square of the fit"),
    "akaike_corrected": ("1", "Akaike information criterion, corrected for few points"),
    "akaike_difference": ("1", "corrected Akaike criterion less the smallest of the models"),
    "bayesian_difference": ("1", "Bayesian information criterion less the smallest of the models"),
    "chosen_model": ("1", "simplest model not worse than the best one (empty if undecided)"),
    "model_retention_time": ("s", "retention time of the fitted model"),
    "model_retention_time_interval": ("s", "confidence interval of the model's retention time"),
    "scatter_deviation": ("V", "standard deviation of a replicate in the middle of the window"),
    "scatter_level": ("V", "standard deviation of what is common to all delays of a replicate"),
    "scatter_noise": ("V", "standard deviation of the white noise of a sample"),
    "scatter_trend": ("1", "power of the delay by which the standard deviation changes"),
    "scatter_memory": ("1", "logarithm of the ratio of delays over which a deviation fades to 1/e"),
    "fit_remark": ("1", "why the model gave no fit, or what is wrong with it (empty if nothing)"),
    # mechanisms
    "mechanism": ("1", "mechanism"),
    "quantile": ("1", "probability below"),
    "hall_voltage_change": ("V", "simulated change of the Hall voltage since before the pulse"),
    "change_noise": ("V", "standard deviation of one repeat's change by read noise"),
    "temperature_rise": ("K", "temperature of the film above that before the pulse"),
    "drawn_parameter": ("1", "place in the logarithmic prior range of the parameter, 0 to 1"),
    "probability": ("1", "probability of the combination of mechanisms"),
    "mechanism_probability": ("1", "probability that the mechanism acts"),
    "verdict": ("1", "combination of mechanisms that the traces show"),
    "mechanism_verdict": ("1", "whether the traces show the mechanism"),
    "parameter_quantile": ("1", "quantile of the parameter, over the card's value or in SI"),
    "as_strange": ("1", "share of simulated devices as far from all others as the observed one"),
    # neuron
    "initial_grain_order": ("1", "grain order right before the first pulse"),
    "task": ("1", "task of a network"),
    "tested": ("1", "neurons that a network is tested with"),
    "network_seed": ("1", "seed of a network"),
    "accuracy": ("1", "share of sequences whose class is told right"),
    "weights": ("1", "number of weights that are learned"),
    "neurons": ("1", "number of neurons of a network"),
    "wait": ("s", "from the end of a pulse to the reading and the next pulse"),
    "surrogate_error": ("1", "error of the surrogate, root mean square of m_z"),
    "reading_noise": ("1", "noise of a reading, root mean square of m_z"),
    "cell_torque": ("1", "energy of a unit by the torque of the critical current over k_B T"),
    "cell_torque_spread": ("1", "standard deviation of the logarithm of that energy"),
    "cell_barrier": ("1", "barrier of the cell's units over k_B T, mean"),
    "cell_barrier_spread": ("1", "barrier of the cell's units over k_B T, standard deviation"),
    "cell_grain_bias": ("1", "energy of a unit on set grains over k_B T"),
    "cell_mean_field": ("1", "energy of a unit in the field of all others over k_B T"),
    "cell_offset": ("1", "energy of a unit without grains and neighbours over k_B T"),
    "cell_grain_barrier": ("1", "barrier of the cell's median grain over k_B T"),
    "cell_grain_barrier_spread": ("1", "standard deviation of the logarithm of that barrier"),
    "cell_grain_coupling": ("1", "energy of the median grain under a unit over k_B T"),
    "cell_log_attempt": ("1", "logarithm of the units' attempt frequency over 1/s"),
    "cell_log_grain_attempt": ("1", "logarithm of the grains' attempt frequency over 1/s"),
    "cell_anisotropy_exponent": ("1", "barrier of the units as a power of the magnetisation"),
    "cell_ambient": ("K", "ambient temperature"),
    "cell_curie": ("K", "Curie temperature"),
    "cell_neel": ("K", "Neel temperature"),
    "cell_torque_sign": ("1", "state that a positive current drives to"),
    "cell_initial_sign": ("1", "state of the set device"),
    "cell_stage_rise": ("K", "steady temperature rise of a stage at the critical current"),
    "cell_stage_time": ("s", "time constant of a stage of the heat path"),
    "cell_class_torque": ("1", "place of a class among torques, in standard deviations"),
    "cell_class_barrier": ("1", "place of a class among barriers, in standard deviations"),
    "cell_grain_class": ("1", "place of grains among barriers, in standard deviations"),
    "cell_units": ("1", "number of units that the noise is that of"),
    "spread_torque": ("1", "standard deviation between devices, logarithm of the torque"),
    "spread_barrier": ("1", "standard deviation between devices, logarithm of the barrier"),
    "spread_grain_barrier": ("1", "standard deviation between devices, grains' barrier, logarithm"),
    "error_rms": ("1", "cell less device on held-out trains, mean m_z, root mean square"),
    "error_worst": ("1", "the same, largest of one reading"),
    "error_swing": ("1", "largest less smallest mean m_z of the held-out readings"),
    "error_deviation": ("1", "standard deviation of the held-out readings"),
    "error_standard_error": ("1", "standard error of a held-out reading over its replicates"),
    "error_worst_train": ("1", "the error of the train that the cell is worst at"),
    "training_trains": ("1", "number of trains that the cell is fitted to"),
    # a table of several units: each parameter's stands in parameter_units
    "parameter_value": ("parameter_units", "value of the model's parameter"),
    "parameter_stderr": ("parameter_units", "standard error of the parameter"),
    "parameter_interval": ("parameter_units", "confidence interval of the parameter"),
    "parameter_units": ("1", "units of the model's parameter"),
}


class StoreError(RuntimeError):
    """A dataset is missing, cut short, damaged or not one of ours, or cannot be written."""


class OutdatedError(StoreError):
    """A dataset that has to be computed again: damaged, or computed from other cards.

    Attributes
    ----------
    path : str
        File of the dataset.
    """

    def __init__(self, path: str | Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = str(path)


def dataset_path(results: str | Path, device: str, experiment: str, name: str) -> Path:
    """Path of a dataset of an experiment.

    Parameters
    ----------
    results : str or Path
        Folder of all results.
    device, experiment : str
        Names of the cards.
    name : str
        Name of the dataset without its ending, such as ``"ahe"`` or ``"trains/LTP"``.

    Returns
    -------
    Path
        ``results/<device>/<experiment>/<name>.nc``.

    Raises
    ------
    ValueError
        Where a name would lead out of its folder or is not a plain file name.
    """
    return experiment_folder(results, device, experiment) / (_plain(name) + ".nc")


def experiment_folder(results: str | Path, device: str, experiment: str) -> Path:
    """Folder that holds all that an experiment on a device gave.

    Parameters
    ----------
    results : str or Path
        Folder of all results.
    device, experiment : str
        Names of the cards.

    Returns
    -------
    Path
        ``results/<device>/<experiment>``.

    Raises
    ------
    ValueError
        Where a name is not a plain file name.
    """
    for part in (device, experiment):
        if "/" in part:
            raise ValueError(f"not a plain name: {part!r}")
    return Path(results) / _plain(device) / _plain(experiment)


def label(dataset: xr.Dataset) -> xr.Dataset:
    """Put ``units`` and names from `VARIABLES` on every variable that the table has.

    ``long_name`` is for people; ``standard_name``, the name in the table, stays when a variable
    is renamed.

    Attributes that a variable carries already are kept. Dimensions without a coordinate get none.

    Parameters
    ----------
    dataset : Dataset
        Any dataset; it is not changed.

    Returns
    -------
    Dataset
        The same data with the attributes.
    """
    labelled = dataset.copy()
    for name, variable in labelled.variables.items():
        if name in VARIABLES:
            units, long_name = VARIABLES[str(name)]
            variable.attrs = {
                "units": units,
                "long_name": long_name,
                "standard_name": str(name),
                **variable.attrs,
            }
    return labelled


def write(
    dataset: xr.Dataset, path: str | Path, attributes: Mapping[str, Any] | None = None
) -> None:
    """Write a dataset whole or not at all.

    The file carries no time of writing: the same data, attributes, state of the repository and
    library versions give the same bytes. Numbers are compressed in chunks (`stored_chunk`), each
    with a checksum.

    Parameters
    ----------
    dataset : Dataset
        Labelled data, see `label`. Of a lazy one (dask) a piece at a time is in memory; it is
        computed twice, for the digest and for the file.
    path : str or Path
        File to write; its folder is made.
    attributes : mapping, optional
        Global attributes. Texts and numbers stay as they are, anything else (a resolved card,
        say) is kept as a JSON string.

    Raises
    ------
    ValueError
        Where a data variable or a numeric coordinate lacks ``units`` or ``long_name``; the
        message names the variable.
    """
    for name, variable in dataset.variables.items():
        numeric = np.issubdtype(variable.dtype, np.number)
        if name in dataset.data_vars or numeric:
            for attribute in ("units", "long_name"):
                if attribute not in variable.attrs:
                    raise ValueError(f"variable {str(name)!r} has no {attribute}")
    complete = dataset.assign_attrs(
        {name: _attribute(value) for name, value in (attributes or {}).items()}
        | {
            "layout": LAYOUT,
            "digest": digest(dataset),
            "standard_name_vocabulary": VOCABULARY,
            "afterpulse_version": version("afterpulse"),
            "git_state": _git_state(),
            "library_versions": json.dumps({name: version(name) for name in LIBRARIES}),
        }
    )
    encoding: dict[str, dict[str, Any]] = {}
    for name, variable in complete.variables.items():
        numbers = variable.dtype.kind in "biuf"
        encoding[str(name)] = {"_FillValue": None} if numbers else {}
        if variable.size and variable.ndim:
            # HDF5 keeps a reference of 16 bytes to each text, whatever its length.
            itemsize = variable.dtype.itemsize if numbers else 16
            encoding[str(name)]["chunksizes"] = stored_chunk(variable.sizes, itemsize)
        if numbers and variable.ndim:
            encoding[str(name)] |= {
                "zlib": True,
                "complevel": 4,
                "shuffle": True,
                "fletcher32": True,
            }
    # Threads would store the chunks of a lazy dataset in an order of their own.
    with (
        dask.config.set(scheduler="synchronous"),
        whole(path) as beside,
        _disk(beside, "w+") as disk,
    ):
        complete.drop_encoding().to_netcdf(disk, engine="h5netcdf", encoding=encoding)


def stored_chunk(sizes: Mapping[Hashable, int], itemsize: int) -> tuple[int, ...]:
    """Shape of the chunks in which a variable is stored.

    A small variable is one chunk. Of a larger one a chunk has few steps of few trajectories, so
    that one trajectory, or one delay of all, is read without most of the rest.

    Parameters
    ----------
    sizes : mapping
        Size of each dimension by its name, in their order.
    itemsize : int
        Bytes of one number.

    Returns
    -------
    tuple of int
        At most `STORED_BYTES`, as long as one number is not larger.
    """
    shape = dict(sizes)
    if prod(shape.values()) * itemsize > STORED_BYTES:
        for dim in shape:
            if dim in CLOCKS:
                shape[dim] = min(shape[dim], STORED_STEPS)
    return tuple(_cut(shape, itemsize, STORED_BYTES).values())


def _cut(sizes: Mapping[Hashable, int], itemsize: int, most: int) -> dict[Hashable, int]:
    """Shape of at most so many bytes: trajectories come first and are cut first, units last."""
    shape = dict(sizes)
    for dim in shape:
        others = itemsize * prod(size for other, size in shape.items() if other != dim)
        shape[dim] = max(1, min(shape[dim], most // max(1, others)))
    return shape


def opened(path: str | Path) -> xr.Dataset:
    """Open a dataset that `write` wrote, without reading its data.

    Parameters
    ----------
    path : str or Path
        File to open.

    Returns
    -------
    Dataset
        Variables are read when their values are needed, and not kept; those above `PIECE_BYTES`
        are dask arrays in pieces of that size. As a context manager it closes the file. Read
        values inside `reading` to get errors that name the file.

    Raises
    ------
    OutdatedError
        If the file is cut short or damaged.
    StoreError
        If there is no such file, it cannot be read or is not a dataset of this layout.
    """
    with reading(path):
        _check_layout(path)
        # Values that were read are not kept in the dataset.
        dataset = xr.open_dataset(path, engine="h5netcdf", cache=False)
    for name, variable in dataset.data_vars.items():
        if variable.nbytes > PIECE_BYTES:
            pieces = _cut(variable.sizes, variable.dtype.itemsize, PIECE_BYTES)
            dataset[name] = variable.chunk(pieces)
    return dataset


def read(path: str | Path) -> xr.Dataset:
    """Read a dataset that `write` wrote into memory.

    Parameters
    ----------
    path : str or Path
        File to read.

    Returns
    -------
    Dataset
        All data; HDF5 compared each stored chunk with its Fletcher-32 checksum.

    Raises
    ------
    OutdatedError
        If the file is cut short or damaged.
    StoreError
        If there is no such file, it cannot be read or is not a dataset of this layout.
    """
    with reading(path):
        _check_layout(path)
        with xr.open_dataset(path, engine="h5netcdf", cache=False) as dataset:
            return dataset.load()


@contextmanager
def reading(path: str | Path) -> Iterator[None]:
    """Raise errors of HDF5 and xarray in this block as errors that name the file and the cause.

    Parameters
    ----------
    path : str or Path
        File of the dataset that the block reads.

    Raises
    ------
    MemoryError
        If memory ran out. HDF5 reports this in several ways.
    StoreError
        If the operating system did not deliver the bytes.
    OutdatedError
        If the bytes are there and are not those of an HDF5 file, or a stored chunk does not agree
        with its Fletcher-32 checksum.
    """
    try:
        yield
    except StoreError:
        raise
    except (OSError, ValueError, KeyError, RuntimeError, TypeError, SystemError) as error:
        words = " ".join(str(error).split())
        if isinstance(error, SystemError) or "alloc" in words:
            raise MemoryError(f"while reading {path}: {words}") from error
        cause = _system_error(path, error, words)
        if cause is not None:
            raise StoreError(f"{path}: cannot be read ({cause})") from error
        damage = _damage(path)
        if damage is not None:
            raise OutdatedError(path, f"damaged or cut short ({damage})") from error
        if isinstance(error, OSError):
            # A filter that finds no memory fails as one that finds damage.
            raise MemoryError(f"while reading {path}: {words}") from error
        raise StoreError(f"{path}: not a NetCDF-4 file ({words})") from error


def _damage(path: str | Path) -> str | None:
    """Return what HDF5 says of a damaged file; None if it finds no damage in any stored chunk."""
    try:
        # Without a cache of chunks, so that little memory is enough.
        with h5py.File(path, "r", rdcc_nbytes=0) as file:
            for variable in file.values():
                pieces = [()] if variable.chunks is None else variable.iter_chunks()
                for piece in pieces:
                    variable[piece]
    except (OSError, ValueError, KeyError, RuntimeError, TypeError) as error:
        try:
            bytearray(16 * STORED_BYTES)
        except MemoryError:
            return None
        return " ".join(str(error).split())
    except (MemoryError, SystemError):
        return None
    return None


def _system_error(path: str | Path, error: Exception, words: str) -> str | None:
    """Return what the operating system said of a failed read, if that was the cause."""
    number = getattr(error, "errno", None)
    quoted = re.search(r"errno = (\d+)", words)
    if number is None and quoted is not None:
        number = int(quoted[1])
    if number:
        return os.strerror(number)
    # HDF5 does not always pass the cause on: read the bytes without it.
    try:
        with open(path, "rb", buffering=0) as file:
            while file.read(PIECE_BYTES):
                pass
    except OSError as failed:
        return failed.strerror or str(failed)
    return None


def _check_layout(path: str | Path) -> None:
    if not Path(path).is_file():
        raise StoreError(f"{path}: no such dataset")
    with h5py.File(path, "r") as file:
        layout = file.attrs.get("layout")
    if layout != LAYOUT:
        raise StoreError(
            f"{path}: not a dataset of the layout {LAYOUT!r} (its layout is {layout!r})"
        )


def digest(dataset: xr.Dataset) -> str:
    """SHA-256 of the names, dimensions and values of all variables, whatever their order.

    Parameters
    ----------
    dataset : Dataset
        Any dataset of numbers, truth values and texts. A lazy one is gone through in pieces of
        `PIECE_BYTES`, or one entry of the first dimension if that is larger.

    Returns
    -------
    str
        Hexadecimal digest; equal digests mean equal data, attributes aside.
    """
    sums = hashlib.sha256()
    for name in sorted(str(name) for name in dataset.variables):
        variable = dataset[name].variable
        texts = variable.dtype.kind in "OUST"
        kind = "text" if texts else variable.dtype.str
        sums.update(json.dumps([name, variable.dims, variable.shape, kind]).encode())
        for values in _pieces(variable):
            if texts:
                sums.update("".join(json.dumps(text) for text in values.ravel().tolist()).encode())
            else:
                sums.update(np.ascontiguousarray(values).ravel().view(np.uint8).data)
    return sums.hexdigest()


def _pieces(variable: xr.Variable) -> Iterator[Any]:
    """Values of a variable along its first dimension, some entries at a time."""
    if variable.ndim == 0 or variable.size == 0:
        yield variable.values
        return
    entry = variable.dtype.itemsize * variable.size // variable.shape[0]
    some = max(1, PIECE_BYTES // max(1, entry))
    for start in range(0, variable.shape[0], some):
        yield variable[start : start + some].values


class _Disk(io.FileIO):
    """File for HDF5, which crashes where a write fails while it closes a file.

    Attributes
    ----------
    failed : OSError or None
        What the first write that failed raised; those after it go nowhere.
    """

    failed: OSError | None = None

    def write(self, data: Any) -> int:
        """Write all, or note why not."""
        left = memoryview(data).cast("B")
        size = len(left)
        try:
            while len(left) and self.failed is None:
                left = left[super().write(left) :]
        except OSError as error:
            self.failed = error
        return size

    def truncate(self, size: int | None = None) -> int:
        """Set the size, or note why not."""
        try:
            return super().truncate(size)
        except OSError as error:
            self.failed = self.failed or error
            return size or 0


@contextmanager
def _disk(path: Path, mode: str) -> Iterator[_Disk]:
    """Give a file for HDF5, and raise in the end what its first failed write raised."""
    with _Disk(path, mode) as disk:
        yield disk
        if disk.failed is not None:
            raise disk.failed


@contextmanager
def whole(path: str | Path) -> Iterator[Path]:
    """Give a path beside `path` to write to, and move the file to `path` once it is complete.

    Parameters
    ----------
    path : str or Path
        File that shall appear whole or not at all; its folder is made.

    Yields
    ------
    Path
        File in the same folder and with the same ending; it is removed if the block raises.

    Raises
    ------
    StoreError
        Where it cannot be written, such as on a full disk; the message names the file.
    """
    path = Path(path)
    mark = f"{host_name()}-{os.getpid()}-{uuid.uuid4().hex}"
    beside = path.with_name(f".{mark}.{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_unfinished(path)
        yield beside
        _flush(beside)
        os.replace(beside, path)
        _flush(path.parent)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written ({error.strerror or error})") from error
    finally:
        beside.unlink(missing_ok=True)


def remove_unfinished(path: Path) -> None:
    """Remove what processes of this machine that were killed have written of a file."""
    for beside in path.parent.glob(f".{host_name()}-*.{glob.escape(path.name)}"):
        found = re.match(r"\.\w+-(\d+)-[0-9a-f]{32}\.", beside.name)
        if found and not is_alive(int(found[1])):
            beside.unlink(missing_ok=True)


def host_name() -> str:
    """Return the name of this machine, reduced to letters and digits."""
    return re.sub("[^A-Za-z0-9]", "", platform.node()) or "host"


def is_alive(process: int) -> bool:
    """Return whether this machine has a process of this number that has not ended."""
    try:
        # Linux keeps a process that has ended until its parent asks for it.
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        state = "unknown"
    if state == "Z":
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _plain(name: str) -> str:
    if not all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", part) for part in name.split("/")):
        raise ValueError(f"not a plain name: {name!r}")
    return name


def _attribute(value: Any) -> Any:
    if isinstance(value, str | int | float | np.number) and not isinstance(value, bool):
        return value
    return json.dumps(value, sort_keys=True)


def version(distribution: str) -> str:
    """Version of an installed distribution, or that it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "not installed"


@cache
def _git_state() -> str:
    """Commit that this package runs from, with ``-dirty`` where tracked files were changed."""
    git = ["git", "--no-optional-locks", "-C", str(Path(__file__).parent)]
    commands = (
        # An installed package may lie in a folder that a repository of something else ignores.
        [*git, "ls-files", "--error-unmatch", Path(__file__).name],
        [*git, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
    )
    try:
        said = [subprocess.run(c, capture_output=True, text=True, check=True) for c in commands]
    except subprocess.CalledProcessError as error:
        # Git does not read a checkout of another account: its configuration could run programs.
        if "dubious ownership" in error.stderr:
            return "checkout of another account, commit unknown"
        return "not a git checkout"
    except OSError:
        return "git not found"
    return said[-1].stdout.strip()

import discretisedfield as df
import micromagneticmodel as mm
import numpy as np
import pytest

from afterpulse.llg import UnsupportedSystem
from afterpulse.llg.system import system_parameters
from afterpulse.llg.time_dependence import Stages


def system(n=(4, 3, 1), bc="", **subregions):
    mesh = df.Mesh(p1=(0, 0, 0), p2=tuple(2e-9 * k for k in n), n=n, bc=bc, subregions=subregions)
    result = mm.System(name="film", m=df.Field(mesh, nvdim=3, value=(0, 0, 1), norm=1e6))
    result.energy = mm.Exchange(A=1e-11)
    return result


def test_parameter_as_number_dictionary_and_field_agree():
    left = df.Region(p1=(0, 0, 0), p2=(4e-9, 6e-9, 2e-9))
    right = df.Region(p1=(4e-9, 0, 0), p2=(8e-9, 6e-9, 2e-9))
    film = system(left=left, right=right)
    step = np.where(np.arange(4) < 2, 1e5, 3e5)[:, None] * np.ones(3)
    field = df.Field(film.m.mesh, nvdim=1, value=step[:, :, None, None])
    strengths = []
    for k in ({"left": 1e5, "right": 3e5}, {"left": 1e5, "default": 3e5}, field):
        film.energy = mm.UniaxialAnisotropy(K=k, u={"left": (0, 0, 2), "right": (0, 3, 0)})
        (term,) = system_parameters(film).uniaxial_anisotropy
        strengths.append(term.second_order[0])
        np.testing.assert_array_equal(term.axis[:, 0, 0, 0], (0, 0, 1))
        np.testing.assert_array_equal(term.axis[:, 0, 3, 2], (0, 1, 0))
    for strength in strengths:
        np.testing.assert_allclose(strength, 2 * step / (mm.consts.mu0 * 1e6), rtol=1e-12)


def test_negative_field_valued_current_keeps_its_sign():
    film = system()
    values = np.linspace(-1e12, 1e12, 12).reshape(4, 3, 1, 1)
    current = df.Field(film.m.mesh, nvdim=1, value=values)
    film.dynamics = mm.Slonczewski(J=current, mp=(0, 2, 0), P=0.1, Lambda=1)
    (term,) = system_parameters(film).slonczewski
    beta = mm.consts.hbar / (mm.consts.mu0 * mm.consts.e * 1e6 * 2e-9)
    np.testing.assert_allclose(term.strength[0], beta * values[:, :, 0, 0], rtol=1e-6)
    np.testing.assert_array_equal(term.polarisation[1], 1)
    np.testing.assert_array_equal(term.field_like, 0)


def test_zeeman_terms_add_up():
    film = system()
    film.energy = mm.Zeeman(H=(1, 2, 3)) + mm.Zeeman(name="bias", H=(10, 0, 0))
    np.testing.assert_array_equal(system_parameters(film).applied[:, 0, 1, 1], (11, 2, 3))


def test_vacuum_has_no_field():
    film = system()
    norm = np.full((4, 3, 1, 1), 1e6)
    norm[1, 1] = 0
    film.m = df.Field(film.m.mesh, nvdim=3, value=(0, 0, 1), norm=norm)
    film.T = 300
    film.energy += mm.DMI(D=1e-3, crystalclass="Cnv_z")
    film.energy += mm.UniaxialAnisotropy(K=1e5, u=(0, 0, 1))
    film.dynamics = mm.Damping(alpha=0.1) + mm.Slonczewski(J=1e12, mp=(0, 1, 0), P=1, Lambda=1)
    p = system_parameters(film)
    (dmi,) = p.dmi
    for values in (*p.exchange, *dmi.coefficients, p.thermal):
        assert values[0, 1, 1] == 0
    assert p.uniaxial_anisotropy[0].second_order[0, 1, 1] == 0
    assert p.slonczewski[0].strength[0, 1, 1] == 0
    assert all(np.isfinite(leaf).all() for leaf in (*p.exchange, *dmi.coefficients, p.thermal))


class Unknown(mm.EnergyTerm):
    _allowed_attributes = ()
    _reprlatex = ""

    def effective_field(self, m):
        raise NotImplementedError


class UnknownTorque(mm.DynamicsTerm):
    _allowed_attributes = ()
    _reprlatex = ""

    def dmdt(self, m, Heff):  # noqa: N803
        raise NotImplementedError


def test_unsupported_terms_are_named():
    film = system()
    film.energy += Unknown()
    with pytest.raises(UnsupportedSystem, match="Unknown"):
        system_parameters(film)
    film = system()
    film.dynamics = UnknownTorque()
    with pytest.raises(UnsupportedSystem, match="UnknownTorque"):
        system_parameters(film)


@pytest.mark.parametrize(
    "term",
    [
        mm.Zeeman(H=(0, 0, 1e5), func="sin", f=1e9, t0=0),
        mm.Slonczewski(J=1, mp=(0, 1, 0), P=1, Lambda=1, func=lambda t: t, dt=1e-13),
        mm.ZhangLi(u=1, beta=0.1, func=lambda t: t, dt=1e-13),
    ],
)
def test_time_dependence_without_a_time_is_refused(term):
    film = system()
    if isinstance(term, mm.Zeeman):
        film.energy += term
    else:
        film.dynamics = term
    with pytest.raises(UnsupportedSystem, match=type(term).__name__):
        system_parameters(film)
    system_parameters(film, stages=Stages(1e-12))


def test_unsupported_boundaries_are_named():
    with pytest.raises(UnsupportedSystem, match="bc = 'dirichlet'"):
        system_parameters(system(bc="dirichlet"))


def test_magnetisation_that_is_not_finite():
    film = system()
    film.m.array[1, 1, 0, 2] = np.nan
    with pytest.raises(ValueError, match="film"):
        system_parameters(film)


def test_no_magnetisation():
    with pytest.raises(ValueError, match="empty"):
        system_parameters(mm.System(name="empty"))


def test_vacuum_everywhere():
    film = system()
    film.m = df.Field(film.m.mesh, nvdim=3, value=(0, 0, 0))
    with pytest.raises(ValueError, match="film.*M_s"):
        system_parameters(film)


def test_rkky_between_surfaces_in_vacuum():
    lower = df.Region(p1=(0, 0, 0), p2=(8e-9, 6e-9, 4e-9))
    upper = df.Region(p1=(0, 0, 4e-9), p2=(8e-9, 6e-9, 8e-9))
    film = system(n=(4, 3, 4), lower=lower, upper=upper)
    film.m = df.Field(film.m.mesh, nvdim=3, value=(0, 0, 1), norm={"lower": 0, "upper": 1e6})
    film.energy = mm.RKKY(sigma=1e-3, subregions=["lower", "upper"])
    with pytest.raises(ValueError, match="RKKY: M_s is zero where lower and upper face"):
        system_parameters(film)


def test_field_on_a_mesh_that_does_not_cover_the_film():
    film = system()
    corner = df.Mesh(p1=(0, 0, 0), p2=(2e-9, 2e-9, 2e-9), n=(1, 1, 1))
    film.energy += mm.Zeeman(H=df.Field(corner, nvdim=3, value=(0, 0, 1)))
    with pytest.raises(ValueError, match="Zeeman: H does not cover the mesh of m"):
        system_parameters(film)


def test_no_direction_where_one_is_needed():
    film = system()
    axis = np.zeros((4, 3, 1, 3))
    axis[:2, :, :, 2] = 1
    constant = np.where(np.arange(4) < 2, 1e5, 0)[:, None, None, None] * np.ones((4, 3, 1, 1))
    field = df.Field(film.m.mesh, nvdim=3, value=axis)
    film.energy = mm.UniaxialAnisotropy(K=df.Field(film.m.mesh, nvdim=1, value=constant), u=field)
    system_parameters(film)
    film.energy = mm.UniaxialAnisotropy(K=1e5, u=field)
    with pytest.raises(ValueError, match="UniaxialAnisotropy: u"):
        system_parameters(film)
    film.energy = mm.UniaxialAnisotropy(K1=0, K2=1e5, u=field)
    with pytest.raises(ValueError, match="UniaxialAnisotropy: u"):
        system_parameters(film)


def test_negative_damping():
    film = system()
    film.dynamics = mm.Damping(alpha=df.Field(film.m.mesh, nvdim=1, value=-0.1))
    with pytest.raises(ValueError, match=r"Damping: alpha = -0\.1"):
        system_parameters(film)


def test_wrong_magnetisation_or_temperature_is_named():
    film = system()
    film.T = float("nan")
    with pytest.raises(ValueError, match="film.*T = nan"):
        system_parameters(film)
    film = system()
    film.m = df.Field(film.m.mesh, nvdim=1, value=1)
    with pytest.raises(ValueError, match="film.*3 components"):
        system_parameters(film)


VECTOR, SPIN = (0, 0, 1), {"J": 1e12, "mp": (0, 1, 0), "P": 0.4, "Lambda": 2}

# Every parameter that a dictionary may give by region.
BY_REGION = [
    (mm.Exchange, {}, {"A": 1e-11}),
    (mm.DMI, {"crystalclass": "Cnv_z"}, {"D": 1e-3}),
    (mm.UniaxialAnisotropy, {}, {"K": 1e5, "u": VECTOR}),
    (mm.UniaxialAnisotropy, {}, {"K1": 1e5, "K2": 1e4, "u": VECTOR}),
    (mm.CubicAnisotropy, {}, {"K": 1e5, "u1": VECTOR, "u2": (1, 0, 0)}),
    (mm.MagnetoElastic, {}, {"B1": 1e6, "B2": 1e6, "e_diag": VECTOR, "e_offdiag": VECTOR}),
    (mm.Zeeman, {}, {"H": VECTOR}),
    (mm.Precession, {}, {"gamma0": 2.2e5}),
    (mm.Damping, {}, {"alpha": 0.1}),
    (mm.Slonczewski, {}, {**SPIN, "eps_prime": 0.1}),
    (mm.ZhangLi, {"beta": 0.1}, {"u": 10.0}),
    (mm.ZhangLi, {"beta": 0.1}, {"u": VECTOR}),
]
PARAMETERS = [
    pytest.param(kind, others | values, name, id=f"{kind.__name__}-{name}")
    for kind, others, values in BY_REGION
    for name in values
]


def halves():
    left = df.Region(p1=(0, 0, 0), p2=(4e-9, 6e-9, 2e-9))
    right = df.Region(p1=(4e-9, 0, 0), p2=(8e-9, 6e-9, 2e-9))
    return system(left=left, right=right)


def with_term(film, term):
    if isinstance(term, mm.EnergyTerm | mm.Energy):
        film.energy = term
    else:
        film.dynamics = term
    return film


@pytest.mark.parametrize(("kind", "values", "name"), PARAMETERS)
def test_unknown_region_is_refused_by_name(kind, values, name):
    # OOMMF's atlas fields and Oxs_Exchange6Ngbr refuse it: "is not a known region in atlas".
    value = values[name]
    known = kind(**values | {name: {"left": value, "right": value}})
    system_parameters(with_term(halves(), known))
    elsewhere = kind(**values | {name: {"left": value, "default": value}})
    system_parameters(with_term(halves(), elsewhere))
    misspelt = kind(**values | {name: {"left": value, "rihgt": value}})
    named = f"{kind.__name__}: {name}: 'rihgt' is not a subregion of the mesh, which has 'left'"
    with pytest.raises(ValueError, match=named):
        system_parameters(with_term(halves(), misspelt))
    with pytest.raises(ValueError, match="'left' is not a subregion of the mesh, which has none"):
        system_parameters(with_term(system(), known))


@pytest.mark.parametrize("key", ["left:rihgt", "rihgt:left", "left:right:left"])
@pytest.mark.parametrize("kind", [mm.Exchange, mm.DMI])
def test_unknown_region_of_a_pair_is_refused(kind, key):
    # micromagneticmodel accepts each of these keys.
    values = {"left": 1e-3, "right": 1e-3}
    others = {"crystalclass": "T"} if kind is mm.DMI else {}
    name = "D" if kind is mm.DMI else "A"
    system_parameters(with_term(halves(), kind(**{name: values | {"left:right": 1}}, **others)))
    with pytest.raises(ValueError, match=f"{kind.__name__}: {name}: .* is not a subregion"):
        system_parameters(with_term(halves(), kind(**{name: values | {key: 1}}, **others)))


def test_one_of_two_terms_of_a_class_is_named():
    film = halves()
    film.energy = mm.Zeeman(H=VECTOR) + mm.Zeeman(name="bias", H={"gone": VECTOR})
    with pytest.raises(ValueError, match="Zeeman 'bias': H: 'gone'"):
        system_parameters(film)


def test_unknown_fixed_or_coupled_subregion():
    film = halves()
    with pytest.raises(ValueError, match="fixed_subregions: 'rihgt' .* has 'left', 'right'"):
        system_parameters(film, fixed_subregions=["left", "rihgt"])
    film.energy = mm.RKKY(sigma=1e-3, subregions=["left", "rihgt"])
    with pytest.raises(ValueError, match="RKKY: subregions: 'rihgt' is not"):
        system_parameters(film)


def test_pair_that_is_not_finite():
    film = halves()
    film.energy = mm.Exchange(A={"left": 1e-11, "left:right": float("nan")})
    with pytest.raises(ValueError, match="Exchange: A has values that are not finite"):
        system_parameters(film)


def axes_at(angle):
    """Return two vectors of different lengths at an angle in degrees."""
    direction = np.arctan2(1, 2) + np.radians(angle)
    return (2, 1, 0), (3 * np.cos(direction), 3 * np.sin(direction), 0)


@pytest.mark.parametrize("angle", [0, 45, 89.99, 180])
@pytest.mark.parametrize("by", ["number", "region", "field"])
def test_cubic_axes_that_are_not_perpendicular(angle, by):
    # OOMMF, Oxs_CubicAnisotropy: "Specified anisotropy axes aren't perpendicular".
    film = halves()

    def term(angle, strength=1e5):
        first, second = axes_at(angle)
        if by == "region":
            second = {"left": (0, 0, 1), "right": second}
        elif by == "field":
            second = df.Field(film.m.mesh, nvdim=3, value=second)
        return mm.CubicAnisotropy(K=strength, u1=first, u2=second)

    system_parameters(with_term(film, term(90)))
    system_parameters(with_term(film, term(angle, strength={"left": 0, "right": 0})))
    with pytest.raises(ValueError, match="CubicAnisotropy: u1 and u2 must be perpendicular"):
        system_parameters(with_term(film, term(angle)))


def test_the_angle_between_cubic_axes_is_named():
    film = with_term(system(), mm.CubicAnisotropy(K=1, u1=(1, 0, 0), u2=(1, 1, 0), name="tilted"))
    with pytest.raises(ValueError, match="'tilted': u1 .* 45 degrees apart"):
        system_parameters(film)


def test_lambda_matters_only_where_a_current_flows():
    values = {"mp": (0, 1, 0), "P": {"left": 0.4}, "Lambda": {"left": 2}}
    film = with_term(halves(), mm.Slonczewski(J={"left": 1e12}, **values))
    (term,) = system_parameters(film).slonczewski
    np.testing.assert_array_equal(term.asymmetry[0, :, 0], [2, 2, 1, 1])
    # oommfc, scripts/evolver.py: Lambda["default"] = 1.
    (term,) = system_parameters(with_term(film, mm.Slonczewski(J=1e12, **values))).slonczewski
    np.testing.assert_array_equal(term.asymmetry[0, :, 0], [2, 2, 1, 1])
    zero = df.Field(film.m.mesh, nvdim=1, value=lambda point: 2.0 * (point[0] < 4e-9))
    values |= {"Lambda": zero}
    (term,) = system_parameters(
        with_term(film, mm.Slonczewski(J={"left": 1e12}, **values))
    ).slonczewski
    np.testing.assert_array_equal(term.asymmetry[0, :, 0], [2, 2, 1, 1])
    with pytest.raises(ValueError, match="Slonczewski: Lambda must be positive where a current"):
        system_parameters(with_term(film, mm.Slonczewski(J=1e12, **values)))


def without(values, name):
    return {key: value for key, value in values.items() if key != name}


# Attributes that micromagneticmodel's reference requires of each term, or of one with `func`.
REQUIRED = [
    *[(kind, others | values) for kind, others, values in BY_REGION if kind is not mm.Slonczewski],
    (mm.Slonczewski, SPIN),
    (mm.RKKY, {"sigma": 1e-3, "subregions": ["left", "right"]}),
    (mm.Zeeman, {"H": VECTOR, "func": "sin", "f": 1e9, "t0": 0}),
    (mm.Zeeman, {"H": VECTOR, "func": "sinc", "f": 1e9, "t0": 0}),
    (mm.Zeeman, {"H": VECTOR, "wave": "sin", "f": 1e9, "t0": 0}),
    (mm.Zeeman, {"H": VECTOR, "func": np.sin, "dt": 1e-13}),
    (mm.Slonczewski, {**SPIN, "func": np.sin, "dt": 1e-13}),
    (mm.ZhangLi, {"u": 1.0, "beta": 0.1, "func": np.sin, "dt": 1e-13}),
]
MISSING = [
    pytest.param(kind, values, name, id=f"{kind.__name__}-{'-'.join(values)}-without-{name}")
    for kind, values in REQUIRED
    for name in values
    # K1 alone is K.
    if name not in ("wave", "K2")
]


@pytest.mark.parametrize(("kind", "values", "name"), MISSING)
def test_missing_attribute_is_named(kind, values, name):
    system_parameters(with_term(halves(), kind(**values)), stages=Stages(1e-12))
    term = kind(name="mine", **without(values, name))
    with pytest.raises(ValueError, match=rf"{kind.__name__} 'mine': .*\b{name}\b"):
        system_parameters(with_term(halves(), term), stages=Stages(1e-12))


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["f", "t0", "dt"])
def test_time_that_is_not_finite_is_named(name, wrong):
    # micromagneticmodel asks for a positive f and dt, and takes NaN.
    values = {"func": np.sin, "dt": 1e-13} if name == "dt" else {"func": "sin", "f": 1e9, "t0": 0}
    term = mm.Zeeman(H=VECTOR, **values | {name: wrong})
    with pytest.raises(ValueError, match=f"Zeeman: {name} must be .*, not {wrong}"):
        system_parameters(with_term(system(), term), stages=Stages(1e-12))


def test_constant_that_is_not_finite_is_named():
    nan = float("nan")
    for term, named in (
        (mm.RKKY(sigma=nan, subregions=["left", "right"]), "RKKY: sigma"),
        (mm.ZhangLi(u=1.0, beta=nan), "ZhangLi: beta"),
        (mm.Damping(alpha=nan), "Damping: alpha"),
    ):
        with pytest.raises(ValueError, match=named):
            system_parameters(with_term(halves(), term))


def test_number_of_components_is_checked():
    # A scalar field was taken for a vector of three equal components.
    film = system()
    scalar = df.Field(film.m.mesh, nvdim=1, value=1e5)
    with pytest.raises(ValueError, match=r"Zeeman: H needs 3 component\(s\), not 1"):
        system_parameters(with_term(film, mm.Zeeman(H=scalar)))
    film = system()
    three = df.Field(film.m.mesh, nvdim=3, value=(1e5, 2e5, 3e5))
    with pytest.raises(ValueError, match=r"UniaxialAnisotropy: K needs 1 component\(s\), not 3"):
        system_parameters(with_term(film, mm.UniaxialAnisotropy(K=three, u=VECTOR)))


def test_contradictory_terms_are_refused():
    # oommfc would take K1 for K, and OOMMF would count the demagnetising field twice.
    with pytest.raises(ValueError, match="either K, or K1 and K2"):
        system_parameters(with_term(system(), mm.UniaxialAnisotropy(K=1, K1=2, u=VECTOR)))
    with pytest.raises(ValueError, match="Demag 'second': a system can have only one"):
        system_parameters(with_term(system(), mm.Demag() + mm.Demag(name="second")))


def test_wrong_factors_of_the_temperature_are_named():
    film = system()
    with pytest.raises(ValueError, match="temperature_in_space: expected a scalar field"):
        system_parameters(film, temperature_in_space={"left": 2.0})
    with pytest.raises(ValueError, match="temperature_in_time must be a function of time, not 2"):
        system_parameters(film, stages=Stages(1e-12), temperature_in_time=2.0)
    with pytest.raises(ValueError, match=r"fixed_subregions must be a list .*\['left'\]"):
        system_parameters(halves(), fixed_subregions="left")

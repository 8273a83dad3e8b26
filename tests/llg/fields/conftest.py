import itertools

import discretisedfield as df
import jax
import jax.numpy as jnp
import numpy as np
import pytest

CELL = (2e-9, 3e-9, 1.5e-9)
MU0 = 4e-7 * np.pi


class Block:
    """Random film of 4 x 3 x 2 cells with a hole, and what follows from it by plain loops."""

    shape = (2, 4, 3)
    volume = float(np.prod(CELL))

    def __init__(self, bc=""):
        n = (4, 3, 2)
        left = df.Region(p1=(0, 0, 0), p2=(2 * CELL[0], 3 * CELL[1], 2 * CELL[2]))
        corner = tuple(k * d for k, d in zip(n, CELL, strict=True))
        self.mesh = df.Mesh(p1=(0, 0, 0), p2=corner, n=n, bc=bc, subregions={"left": left})
        self.periodic = tuple(axis in bc for axis in "xyz")
        rng = np.random.default_rng(4)
        m = rng.normal(size=(3, *self.shape))
        self.m = jnp.asarray(m / np.linalg.norm(m, axis=0))
        self.magnetisation = rng.uniform(5e5, 1e6, self.shape)
        self.magnetisation[0, 1, 1] = 0
        self.rng = rng

    def scalar(self, low, high):
        return self.rng.uniform(low, high, self.shape)

    def pairs(self):
        """All pairs of magnetic neighbours: axis, cell, and the cell ahead of it."""
        n = {0: 4, 1: 3, 2: 2}
        for z, x, y in itertools.product(range(2), range(4), range(3)):
            here = {0: x, 1: y, 2: z}
            for axis in range(3):
                there = dict(here)
                there[axis] += 1
                if there[axis] == n[axis]:
                    if not self.periodic[axis]:
                        continue
                    there[axis] = 0
                one, other = (here[2], here[0], here[1]), (there[2], there[0], there[1])
                if self.magnetisation[one] > 0 and self.magnetisation[other] > 0:
                    yield axis, one, other

    def field_of(self, energy):
        """-(1 / mu0 M_s V) dE/dm, zero in the hole."""
        gradient = np.asarray(jax.grad(energy)(self.m))
        magnetic = self.magnetisation > 0
        factor = np.divide(
            -1 / (MU0 * self.volume),
            self.magnetisation,
            where=magnetic,
            out=np.zeros(self.shape),
        )
        return gradient * factor


@pytest.fixture(params=["", "x", "yz", "xyz"], ids=["open", "x", "yz", "xyz"])
def block(request):
    return Block(request.param)


@pytest.fixture
def open_block():
    return Block()

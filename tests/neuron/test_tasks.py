import numpy as np
import pytest

from afterpulse.cards import CardError
from afterpulse.neuron import tasks


def test_digits_come_row_by_row_and_are_scaled():
    task = tasks.digits()
    assert task.learned.shape == (1300, 8, 8)
    assert task.tested.shape == (497, 8, 8)
    assert task.learned.mean() == pytest.approx(0, abs=1e-5)
    assert task.learned.std() == pytest.approx(1, abs=1e-5)
    assert set(task.learned_class) == set(task.tested_class) == set(range(10))


def test_recalled_number_is_that_of_the_bits():
    task = tasks.recall(3)
    bits = (task.learned[:, :4, 0] > 0).astype(int)
    np.testing.assert_array_equal(task.learned_class, bits @ [1, 2, 4, 8])
    assert set(np.unique(task.learned[:, :4])) == {-1, 1}
    assert not task.learned[:, 4:].any()
    # Sixteen numbers, each as often: 2,000 draws.
    counts = np.bincount(task.learned_class, minlength=16)
    assert abs(counts - 125).max() < 4.5 * np.sqrt(125)


def stored(folder, **arrays):
    np.savez(folder / "digits.npz", **arrays)
    return folder / "digits.npz"


def test_mnist_keeps_the_last_two_thousand(tmp_path):
    random = np.random.default_rng(0)
    images = random.integers(0, 255, (4100, 28, 28)).astype(np.uint8)
    labels = random.integers(0, 10, 4100).astype(np.uint8)
    task = tasks.mnist(stored(tmp_path, images=images, labels=labels))
    np.testing.assert_array_equal(task.tested_class, labels[-2000:])
    assert task.learned.shape == (2100, 28, 28)
    scale = images[:2100].astype(float)
    np.testing.assert_allclose(
        task.tested[5], (images[2105] - scale.mean()) / scale.std(), rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"images": np.zeros((5000, 28, 28))}, "labels"),
        ({"images": np.zeros((5000, 28)), "labels": np.zeros(5000)}, "got (5000, 28)"),
        ({"images": np.zeros((100, 28, 28)), "labels": np.zeros(100)}, "at least 4000, got 100"),
    ],
)
def test_other_files_are_refused(tmp_path, arrays, said):
    with pytest.raises(CardError, match="config mnist: expected an .npz") as caught:
        tasks.mnist(stored(tmp_path, **arrays))
    assert said in str(caught.value)


def test_damaged_file_is_refused(tmp_path):
    (tmp_path / "digits.npz").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(CardError, match="config mnist"):
        tasks.mnist(tmp_path / "digits.npz")

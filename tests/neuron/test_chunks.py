from afterpulse.neuron import chunks

CELL = {"training_trains": 5, "held_out_trains": 3, "held_out_replicates": 2, "devices": 2}


def test_every_train_is_in_one_chunk(device_card, experiment_card):
    changes = {"memory_cell": CELL, "numerics.points_per_chunk": 4}
    made = chunks.chunks(device_card(), experiment_card(changes))
    for role, count in (("training", 5), ("held_out", 3), ("device_0", 8), ("device_1", 8)):
        trains = [
            n for name, first, last in made.values() if name == role for n in range(first, last)
        ]
        assert trains == list(range(count))
    # Two trains of two replicates a job; a device is one job.
    assert list(made) == [
        *(f"training_{n}" for n in range(3)),
        *(f"held_out_{n}" for n in range(2)),
        "device_0",
        "device_1",
    ]


def test_cards_without_a_cell_have_none(device_card, experiment_card):
    assert chunks.chunks(device_card(), experiment_card()) == {}


def test_no_train_shares_aged_films_with_another(experiment_card):
    cell = experiment_card({"memory_cell": {"training_trains": 1000}}).memory_cell
    training, held_out = (chunks.role(cell, name) for name in ("training", "held_out"))
    most = training.first_replicate + training.trains * training.replicates
    assert most <= held_out.first_replicate

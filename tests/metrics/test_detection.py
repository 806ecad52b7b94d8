"""Detection scores: known cases, and resampled as if the scenes had been given so."""

import numpy as np
import pytest

from harness.metrics.object_detection import check, check_labels, per_class, resamples, scores


def scene(*boxes: tuple[float, ...], width: int = 5, slots: int = 4) -> np.ndarray:
    made = np.full((slots, width), 0.0, dtype=np.float32)
    made[:, 0] = -1
    for place, box in enumerate(boxes):
        made[place] = box
    return made


def world(count: int = 30, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Predictions and labels of three classes: near misses, doubles, misses and empty scenes."""
    random = np.random.default_rng(seed)
    labels = np.full((count, 4, 5), -1, dtype=np.float32)
    predictions = np.full((count, 8, 6), -1, dtype=np.float32)
    labels[..., 1:], predictions[..., 1:] = 0, 0
    for row in range(count):
        for place in range(random.integers(0, 5)):
            corner = random.uniform(0, 20, 2)
            labels[row, place] = [random.integers(3), *corner, *(corner + random.uniform(4, 12, 2))]
        for place in range(8):
            if place < 4 and labels[row, place, 0] >= 0:
                label, box = labels[row, place, 0], labels[row, place, 1:] + random.normal(0, 0.8, 4)
                label = label if random.random() < 0.8 else random.integers(3)
            elif random.random() < 0.5:
                corner = random.uniform(0, 20, 2)
                label, box = random.integers(3), [*corner, *(corner + random.uniform(4, 12, 2))]
            else:
                continue
            predictions[row, place] = [label, np.round(random.random(), 1), *box]
    return predictions, labels


def test_what_is_perfect_scores_one() -> None:
    _, labels = world()
    perfect = np.insert(labels, 1, 0.9, axis=2)
    perfect[perfect[:, :, 0] < 0, 1] = 0
    assert scores(perfect, labels, 3) == pytest.approx(dict.fromkeys(("map", "ap50", "ap75", "recall"), 1.0))
    assert scores(scene(width=6)[None].repeat(len(labels), 0), labels, 3)["map"] == 0


def test_a_known_case() -> None:
    """Two objects; the best box is wrong, the second right at an overlap of 0.8: precision 1/2 up to recall 1/2."""
    labels = scene((0, 0, 0, 10, 10), (0, 20, 20, 30, 30))[None]
    predictions = scene((0, 0.9, 40, 40, 50, 50), (0, 0.8, 0, 0, 10, 8), width=6)[None]
    found = scores(predictions, labels, 1)
    assert found["ap50"] == pytest.approx(0.5 * 51 / 101)
    assert found["ap75"] == pytest.approx(0.5 * 51 / 101)
    assert found["map"] == pytest.approx(0.5 * 51 / 101 * 7 / 10, abs=1e-6)
    assert found["recall"] == pytest.approx(0.5 * 7 / 10, abs=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_resamples_are_the_scores_of_scenes_given_so_often(seed: int) -> None:
    predictions, labels = world(seed=seed)
    weights = np.random.default_rng(seed).multinomial(len(labels), np.ones(len(labels)) / len(labels), size=6)
    weights[0] = 1
    found = resamples(predictions, labels, 3, weights)
    for value, times in zip(found, weights, strict=True):
        rows = np.repeat(np.arange(len(labels)), times)
        assert value == pytest.approx(scores(predictions[rows], labels[rows], 3)["map"], abs=2e-3)
    assert found[0] == pytest.approx(scores(predictions, labels, 3)["map"], abs=1e-9)


def test_classes_apart_average_to_the_whole() -> None:
    predictions, labels = world()
    assert np.mean(per_class(predictions, labels, 3)["ap"]) == pytest.approx(scores(predictions, labels, 3)["map"])


@pytest.mark.parametrize(
    ("box", "message"),
    [
        ((0, 1.5, 0, 0, 1, 1), "score"), ((3, 0.5, 0, 0, 1, 1), "class"), ((0, 0.5, 5, 0, 1, 1), "beyond"),
        ((0, 0.5, np.nan, 0, 1, 1), "finite"), ((0.5, 0.5, 0, 0, 1, 1), "class"),
    ],
)  # fmt: skip
def test_what_is_no_box_is_refused(box: tuple[float, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check(scene(box, width=6)[None], scene()[None], 3)


def test_labels_have_to_lie_in_their_images() -> None:
    labels = np.stack([scene((0, 0, 0, 5, 5))] * 3)
    check_labels(labels, np.arange(3), (3, 1, 8, 8), ["a"])
    for broken, message in ((labels + 4, "class"), (labels * np.float32([1, 1, 1, 2, 2]), "beyond its image")):
        with pytest.raises(ValueError, match=message):
            check_labels(broken, np.arange(3), (3, 1, 8, 8), ["a"])

"""Detection scores: known cases, and resamples against the scores of repeated scenes."""

import numpy as np
import pytest

from harness.metrics.object_detection import check, check_labels, per_class, resamples, scores


def scene(*boxes: tuple[float, ...], width: int = 5, slots: int = 4) -> np.ndarray:
    made = np.full((slots, width), 0.0, dtype=np.float32)
    made[:, 0] = -1
    for slot, box in enumerate(boxes):
        made[slot] = box
    return made


def world(count: int = 30, seed: int = 0, ties: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Predictions and labels of three classes: near misses, doubles, misses and empty scenes."""
    random = np.random.default_rng(seed)
    labels = np.full((count, 4, 5), -1, dtype=np.float32)
    predictions = np.full((count, 8, 6), -1, dtype=np.float32)
    labels[..., 1:], predictions[..., 1:] = 0, 0
    for row in range(count):
        for slot in range(random.integers(0, 5)):
            corner = random.uniform(0, 20, 2)
            labels[row, slot] = [random.integers(3), *corner, *(corner + random.uniform(4, 12, 2))]
        for slot in range(8):
            if slot < 4 and labels[row, slot, 0] >= 0:
                label, box = labels[row, slot, 0], labels[row, slot, 1:] + random.normal(0, 0.8, 4)
                label = label if random.random() < 0.8 else random.integers(3)
            elif random.random() < 0.5:
                corner = random.uniform(0, 20, 2)
                label, box = random.integers(3), [*corner, *(corner + random.uniform(4, 12, 2))]
            else:
                continue
            score = random.random()
            predictions[row, slot] = [label, np.round(score, 1) if ties else score, *box]
    return predictions, labels


def test_perfect_predictions_score_one() -> None:
    _, labels = world()
    perfect = np.insert(labels, 1, 0.9, axis=2)
    perfect[perfect[:, :, 0] < 0, 1] = 0
    assert scores(perfect, labels, 3) == pytest.approx(dict.fromkeys(("map", "ap50", "ap75", "recall"), 1.0))
    assert scores(scene(width=6)[None].repeat(len(labels), 0), labels, 3)["map"] == 0


def test_a_known_case() -> None:
    """Two objects; the best box is wrong, the second right at an overlap of 0.8: precision 1/2 up to recall 1/2."""
    labels = scene((0, 0, 0, 10, 10), (0, 20, 20, 30, 30))[None]
    predictions = scene((0, 0.9, 40, 40, 50, 50), (0, 0.8, 0, 0, 10, 8), width=6)[None]
    result = scores(predictions, labels, 1)
    assert result["ap50"] == pytest.approx(0.5 * 51 / 101)
    assert result["ap75"] == pytest.approx(0.5 * 51 / 101)
    assert result["map"] == pytest.approx(0.5 * 51 / 101 * 7 / 10, abs=1e-6)
    assert result["recall"] == pytest.approx(0.5 * 7 / 10, abs=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_resamples_are_the_scores_of_repeated_scenes(seed: int) -> None:
    """Without ties: copies of a scene keep the order of its detections only where their scores differ."""
    predictions, labels = world(seed=seed, ties=False)
    weights = np.random.default_rng(seed).multinomial(len(labels), np.ones(len(labels)) / len(labels), size=6)
    result = resamples(predictions, labels, 3, weights)
    for value, times in zip(result, weights, strict=True):
        rows = np.repeat(np.arange(len(labels)), times)
        assert value == pytest.approx(scores(predictions[rows], labels[rows], 3)["map"], abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_weights_of_one_give_the_score_itself(seed: int) -> None:
    predictions, labels = world(seed=seed)
    (value,) = resamples(predictions, labels, 3, np.ones((1, len(labels)), dtype=int))
    assert value == pytest.approx(scores(predictions, labels, 3)["map"], abs=1e-9)


def test_the_mean_over_classes_is_the_score() -> None:
    predictions, labels = world()
    assert np.mean(per_class(predictions, labels, 3)["ap"]) == pytest.approx(scores(predictions, labels, 3)["map"])


@pytest.mark.parametrize(
    ("box", "named"),
    [
        ((0, 1.5, 0, 0, 1, 1), "scores"), ((3, 0.5, 0, 0, 1, 1), "classes"), ((0, 0.5, 5, 0, 1, 1), "left"),
        ((0, 0.5, np.nan, 0, 1, 1), "finite"), ((0.5, 0.5, 0, 0, 1, 1), "classes"),
    ],
)  # fmt: skip
def test_an_invalid_box_is_an_error(box: tuple[float, ...], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        check(scene(box, width=6)[None], scene()[None], 3)


def test_labels_outside_their_image_are_an_error() -> None:
    labels = np.stack([scene((0, 0, 0, 5, 5))] * 3)
    check_labels(labels, np.arange(3), (3, 1, 8, 8), ["a"])
    for broken, named in ((labels + 4, "classes"), (labels * np.float32([1, 1, 1, 2, 2]), "inside 8 x 8")):
        with pytest.raises(ValueError, match=named):
            check_labels(broken, np.arange(3), (3, 1, 8, 8), ["a"])

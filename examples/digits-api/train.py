"""Trains the network and writes its weights and a few samples into digits/.

    uv run --group train train.py

The seed is fixed: the same versions of NumPy and scikit-learn on the same kind
of machine give the same weights.
"""

import json
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from digits import network

HERE = Path(__file__).parent / "digits"
SEED = 8
EPOCHS = 40
BATCH = 32
RATE = 2e-3


def initial(random: np.random.Generator) -> dict[str, np.ndarray]:
    def layer(*shape: int, inputs: int) -> np.ndarray:
        return (random.standard_normal(shape) * np.sqrt(2 / inputs)).astype(np.float32)

    return {
        "kernels1": layer(16, 1, 3, 3, inputs=9),
        "bias1": np.zeros(16, np.float32),
        "kernels2": layer(32, 16, 3, 3, inputs=16 * 9),
        "bias2": np.zeros(32, np.float32),
        "dense": layer(32 * 2 * 2, 10, inputs=32 * 2 * 2),
        "bias3": np.zeros(10, np.float32),
    }


def gradients(weights: dict[str, np.ndarray], images: np.ndarray, digits: np.ndarray) -> dict[str, np.ndarray]:
    """The derivative of the mean cross entropy by each weight, for one batch."""
    inputs = (images[:, None] / network.DARKEST).astype(np.float32)
    first = np.maximum(network.convolve(inputs, weights["kernels1"], weights["bias1"]), 0)
    second = np.maximum(network.convolve(first, weights["kernels2"], weights["bias2"]), 0)
    pooled = network.pool(second)
    flat = pooled.reshape(len(images), -1)
    scores = flat @ weights["dense"] + weights["bias3"]

    d_scores = network.softmax(scores)
    d_scores[np.arange(len(digits)), digits] -= 1
    d_scores /= len(digits)

    # Only the largest value of each square, and only above zero, took part.
    d_pooled = (d_scores @ weights["dense"].T).reshape(pooled.shape)
    largest = pooled.repeat(2, axis=2).repeat(2, axis=3)
    d_second = d_pooled.repeat(2, axis=2).repeat(2, axis=3) * (second == largest) * (second > 0)

    # Back through a convolution: the full convolution with turned kernels.
    padded = np.pad(d_second, ((0, 0), (0, 0), (2, 2), (2, 2)))
    turned = weights["kernels2"][:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
    d_first = network.convolve(padded, turned, np.zeros(len(turned), np.float32)) * (first > 0)

    def by_kernel(values: np.ndarray, d_result: np.ndarray) -> np.ndarray:
        return np.einsum("nchwij,nfhw->fcij", network.windows(values, 3, 3), d_result, optimize=True)

    return {
        "kernels1": by_kernel(inputs, d_first),
        "bias1": d_first.sum(axis=(0, 2, 3)),
        "kernels2": by_kernel(first, d_second),
        "bias2": d_second.sum(axis=(0, 2, 3)),
        "dense": flat.T @ d_scores,
        "bias3": d_scores.sum(axis=0),
    }


def train(images: np.ndarray, digits: np.ndarray) -> dict[str, np.ndarray]:
    """Adam, with a rate that falls to zero along a cosine."""
    random = np.random.default_rng(SEED)
    weights = initial(random)
    mean = {name: np.zeros_like(value) for name, value in weights.items()}
    square = {name: np.zeros_like(value) for name, value in weights.items()}
    steps = EPOCHS * -(-len(images) // BATCH)
    step = 0
    for _ in range(EPOCHS):
        order = random.permutation(len(images))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            step += 1
            rate = RATE * (1 + np.cos(np.pi * step / steps)) / 2
            for name, slope in gradients(weights, images[batch], digits[batch]).items():
                mean[name] += 0.1 * (slope - mean[name])
                square[name] += 0.001 * (slope**2 - square[name])
                scaled = (mean[name] / (1 - 0.9**step)) / (np.sqrt(square[name] / (1 - 0.999**step)) + 1e-8)
                weights[name] -= (rate * scaled).astype(np.float32)
    return weights


def accuracy(weights: dict[str, np.ndarray], images: np.ndarray, digits: np.ndarray) -> float:
    return float((network.classify(weights, images).argmax(axis=1) == digits).mean())


def main() -> None:
    everything = load_digits()
    images, unseen, digits, unseen_digits = train_test_split(
        everything.images, everything.target, test_size=0.2, random_state=SEED, stratify=everything.target
    )
    weights = train(images, digits)
    print(f"accuracy on {len(images)} images it learned from: {accuracy(weights, images, digits):.2%}")
    print(f"accuracy on {len(unseen)} images it never saw:   {accuracy(weights, unseen, unseen_digits):.2%}")

    np.savez(HERE / "weights.npz", **weights)
    samples = [unseen[unseen_digits == digit][0].astype(int).tolist() for digit in range(10)]
    lines = ",\n".join("  " + json.dumps(sample) for sample in samples)
    (HERE / "samples.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()

"""The network: two convolutions, a pooling and a dense layer, on NumPy arrays.

An image is 8 by 8 pixels of 0 to 16, as in scikit-learn's set of handwritten
digits. Who calls chooses the convolution: the service takes the one in C++,
training and the tests the one in NumPy below.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

SIDE = 8
DARKEST = 16

Array = np.ndarray
Convolve = Callable[[Array, Array, Array], Array]


def windows(images: Array, rows: int, columns: int) -> Array:
    """All patches of the images: (count, channels, height, width, rows, columns)."""
    return sliding_window_view(images, (rows, columns), axis=(2, 3))


def convolve(images: Array, kernels: Array, bias: Array) -> Array:
    """Slide every kernel over every image without padding; channels come first."""
    patches = windows(images, *kernels.shape[2:])
    features = np.einsum("nchwij,fcij->nfhw", patches, kernels, optimize=True)
    return features + bias[:, None, None]


def pool(features: Array) -> Array:
    """The largest value of every 2 by 2 square."""
    count, channels, height, width = features.shape
    return features.reshape(count, channels, height // 2, 2, width // 2, 2).max(axis=(3, 5))


def softmax(scores: Array) -> Array:
    """Scores to probabilities that add up to one in each row."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def classify(weights: Mapping[str, Array], images: Array, convolve: Convolve = convolve) -> Array:
    """The probability of each of the ten digits for each image (count, 8, 8)."""
    values = (images[:, None] / DARKEST).astype(np.float32)
    values = np.maximum(convolve(values, weights["kernels1"], weights["bias1"]), 0)
    values = np.maximum(convolve(values, weights["kernels2"], weights["bias2"]), 0)
    flat = pool(values).reshape(len(images), -1)
    return softmax(flat @ weights["dense"] + weights["bias3"])

import json

import digits_convolution
import numpy as np
import pytest

from digits import app, network


@pytest.mark.parametrize("count, channels, features, side", [(1, 1, 16, 8), (5, 16, 32, 6), (2, 3, 4, 3)])
def test_both_convolutions_give_the_same_result(count, channels, features, side):
    random = np.random.default_rng(0)
    images = random.standard_normal((count, channels, side, side)).astype(np.float32)
    kernels = random.standard_normal((features, channels, 3, 3)).astype(np.float32)
    bias = random.standard_normal(features).astype(np.float32)

    in_cpp = digits_convolution.convolve(images, kernels, bias)

    assert in_cpp.dtype == np.float32
    np.testing.assert_allclose(in_cpp, network.convolve(images, kernels, bias), rtol=1e-4, atol=1e-5)


def test_a_kernel_larger_than_the_image_is_refused():
    with pytest.raises(ValueError, match="larger than the image"):
        digits_convolution.convolve(np.zeros((1, 1, 2, 2)), np.zeros((1, 1, 3, 3)), np.zeros(1))


def test_the_samples_are_recognised():
    images = np.array(json.loads((app.HERE / "samples.json").read_text()))

    probabilities = network.classify(app.weights, images, digits_convolution.convolve)

    assert probabilities.argmax(axis=1).tolist() == list(range(10))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)

// The convolution of a small network, as a Python module.

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <stdexcept>

namespace py = pybind11;

// Contiguous float32; anything else that NumPy can convert is converted first.
using Array = py::array_t<float, py::array::c_style | py::array::forcecast>;

// Slides every kernel over every image without padding.
//
//   images   (count, channels, height, width)
//   kernels  (features, channels, kernel height, kernel width)
//   bias     (features)
//   result   (count, features, height - kernel height + 1, width - kernel width + 1)
Array convolve(const Array& images, const Array& kernels, const Array& bias) {
    if (images.ndim() != 4 || kernels.ndim() != 4 || bias.ndim() != 1)
        throw std::invalid_argument("expected images and kernels of four dimensions and a bias of one");
    if (images.shape(1) != kernels.shape(1))
        throw std::invalid_argument("images and kernels differ in their number of channels");
    if (bias.shape(0) != kernels.shape(0))
        throw std::invalid_argument("expected one bias value for each kernel");
    if (kernels.shape(2) > images.shape(2) || kernels.shape(3) > images.shape(3))
        throw std::invalid_argument("the kernel is larger than the image");

    const py::ssize_t count = images.shape(0), channels = images.shape(1);
    const py::ssize_t features = kernels.shape(0), rows = kernels.shape(2), columns = kernels.shape(3);
    const py::ssize_t height = images.shape(2) - rows + 1, width = images.shape(3) - columns + 1;

    Array result({count, features, height, width});
    const auto image = images.unchecked<4>();
    const auto kernel = kernels.unchecked<4>();
    const auto start = bias.unchecked<1>();
    auto out = result.mutable_unchecked<4>();

    // From here on only memory that nobody else resizes is touched.
    py::gil_scoped_release release;
    for (py::ssize_t n = 0; n < count; n++)
        for (py::ssize_t f = 0; f < features; f++)
            for (py::ssize_t y = 0; y < height; y++)
                for (py::ssize_t x = 0; x < width; x++) {
                    float sum = start(f);
                    for (py::ssize_t c = 0; c < channels; c++)
                        for (py::ssize_t i = 0; i < rows; i++)
                            for (py::ssize_t j = 0; j < columns; j++)
                                sum += image(n, c, y + i, x + j) * kernel(f, c, i, j);
                    out(n, f, y, x) = sum;
                }
    return result;
}

PYBIND11_MODULE(digits_convolution, module) {
    module.doc() = "The convolution of a small network, in C++";
    module.def("convolve", &convolve, py::arg("images"), py::arg("kernels"), py::arg("bias"),
               "Slide every kernel over every image without padding; all arrays are float32, channels first.");
}

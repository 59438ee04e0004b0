#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <cstddef>
#include <stdexcept>
#include <vector>

namespace {

struct Image {
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::vector<double> values;
};

// A Python exception is set already where this one is thrown.
struct PythonError {};

struct Reference {
    PyObject *object;
    ~Reference() { Py_XDECREF(object); }
};

Image read(PyObject *rows)
{
    Reference outer{PySequence_Fast(rows, "an image is a sequence of rows")};
    if (outer.object == nullptr)
        throw PythonError{};
    Image image;
    image.rows = static_cast<std::size_t>(PySequence_Fast_GET_SIZE(outer.object));
    for (std::size_t y = 0; y < image.rows; y++) {
        Reference row{PySequence_Fast(PySequence_Fast_GET_ITEM(outer.object, static_cast<Py_ssize_t>(y)), "a row is a sequence of numbers")};
        if (row.object == nullptr)
            throw PythonError{};
        const auto columns = static_cast<std::size_t>(PySequence_Fast_GET_SIZE(row.object));
        if (y == 0)
            image.columns = columns;
        else if (columns != image.columns)
            throw std::invalid_argument("the rows have different lengths");
        for (std::size_t x = 0; x < columns; x++) {
            const double value = PyFloat_AsDouble(PySequence_Fast_GET_ITEM(row.object, static_cast<Py_ssize_t>(x)));
            if (PyErr_Occurred() != nullptr)
                throw PythonError{};
            image.values.push_back(value);
        }
    }
    return image;
}

PyObject *convolve(PyObject *, PyObject *args)
{
    PyObject *image_object = nullptr;
    PyObject *kernel_object = nullptr;
    if (PyArg_ParseTuple(args, "OO", &image_object, &kernel_object) == 0)
        return nullptr;
    try {
        const Image image = read(image_object);
        const Image kernel = read(kernel_object);
        if (kernel.values.empty() || kernel.rows > image.rows || kernel.columns > image.columns)
            throw std::invalid_argument("the kernel is empty or larger than the image");
        const std::size_t rows = image.rows - kernel.rows + 1;
        const std::size_t columns = image.columns - kernel.columns + 1;
        Reference result{PyList_New(static_cast<Py_ssize_t>(rows))};
        if (result.object == nullptr)
            return nullptr;
        for (std::size_t y = 0; y < rows; y++) {
            PyObject *row = PyList_New(static_cast<Py_ssize_t>(columns));
            if (row == nullptr)
                return nullptr;
            PyList_SET_ITEM(result.object, static_cast<Py_ssize_t>(y), row);
            for (std::size_t x = 0; x < columns; x++) {
                double sum = 0;
                for (std::size_t v = 0; v < kernel.rows; v++)
                    for (std::size_t u = 0; u < kernel.columns; u++)
                        sum += image.values[(y + v) * image.columns + x + u] * kernel.values[v * kernel.columns + u];
                PyObject *number = PyFloat_FromDouble(sum);
                if (number == nullptr)
                    return nullptr;
                PyList_SET_ITEM(row, static_cast<Py_ssize_t>(x), number);
            }
        }
        PyObject *list = result.object;
        result.object = nullptr;
        return list;
    } catch (const PythonError &) {
        return nullptr;
    } catch (const std::exception &error) {
        PyErr_SetString(PyExc_ValueError, error.what());
        return nullptr;
    }
}

PyMethodDef methods[] = {
    {"convolve", convolve, METH_VARARGS, "Slides a kernel over an image; both are sequences of rows."},
    {nullptr, nullptr, 0, nullptr},
};

PyModuleDef module = {PyModuleDef_HEAD_INIT, "_convolve", nullptr, -1, methods, nullptr, nullptr, nullptr, nullptr};

}  // namespace

PyMODINIT_FUNC PyInit__convolve(void)
{
    return PyModule_Create(&module);
}

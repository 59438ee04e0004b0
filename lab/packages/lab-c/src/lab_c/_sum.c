#define PY_SSIZE_T_CLEAN
#include <Python.h>

static PyObject *total(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *items;
    if (!PyArg_ParseTuple(args, "O", &items))
        return NULL;
    PyObject *list = PySequence_Fast(items, "total() takes a sequence of numbers");
    if (list == NULL)
        return NULL;
    double sum = 0;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(list); i++) {
        double value = PyFloat_AsDouble(PySequence_Fast_GET_ITEM(list, i));
        if (PyErr_Occurred()) {
            Py_DECREF(list);
            return NULL;
        }
        sum += value;
    }
    Py_DECREF(list);
    return PyFloat_FromDouble(sum);
}

static PyMethodDef methods[] = {
    {"total", total, METH_VARARGS, "The sum of a sequence of numbers."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_sum", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__sum(void)
{
    return PyModule_Create(&module);
}

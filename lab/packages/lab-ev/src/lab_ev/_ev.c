#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <ev.h>

static PyObject *version(PyObject *self, PyObject *args)
{
    (void)self;
    (void)args;
    return Py_BuildValue("ii", ev_version_major(), ev_version_minor());
}

static PyMethodDef methods[] = {
    {"version", version, METH_NOARGS, "The version of the library, (major, minor)."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_ev", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__ev(void)
{
    return PyModule_Create(&module);
}

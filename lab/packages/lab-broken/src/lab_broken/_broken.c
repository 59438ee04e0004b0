#include <Python.h>

#error "lab-broken is meant not to compile"

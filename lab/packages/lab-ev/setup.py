from setuptools import Extension, setup

setup(ext_modules=[Extension("lab_ev._ev", ["src/lab_ev/_ev.c"], libraries=["ev"])])

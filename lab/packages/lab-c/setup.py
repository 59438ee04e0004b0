from setuptools import Extension, setup

setup(ext_modules=[Extension("lab_c._sum", ["src/lab_c/_sum.c"])])

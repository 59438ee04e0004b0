from setuptools import Extension, setup

setup(ext_modules=[Extension("lab_broken._broken", ["src/lab_broken/_broken.c"])])

from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension("lab_cpp._convolve", ["src/lab_cpp/_convolve.cpp"], language="c++", extra_compile_args=["-std=c++17"])
    ]
)

from setuptools import setup

setup(
    data_files=[("share/lab-data", ["share/example.txt"]), ("etc/lab-data", ["share/lab-data.conf"])],
    headers=["include/lab_data.h"],
    scripts=["scripts/lab-data-script"],
    package_data={"lab_data": ["table.csv"]},
)

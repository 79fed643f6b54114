"""Packages are listed here and not in setup.cfg, because the plug-in folder is not a package.

`twisted.plugins` is shared by every distribution that has a Twisted plug-in, so it has no
`__init__.py` and `find_packages` does not see it.
"""

from setuptools import find_packages, setup

setup(packages=[*find_packages("src"), "twisted.plugins"])

# SPDX-License-Identifier: Apache-2.0
"""The inputs of the vector files, one module for each; the answers come from schuilref."""

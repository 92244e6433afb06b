# SPDX-License-Identifier: Apache-2.0
"""A second, slow and plain implementation of the protocol's sections 2 to 5.

It exists to make known answers for the service's tests. It uses the Python standard library
only and shares no code with the C. It is not constant time and must never see a real key.
"""

# SPDX-License-Identifier: Apache-2.0
"""The programs that bench/compare lets take turns with salestream: how each is installed, run, and asked for its
totals."""

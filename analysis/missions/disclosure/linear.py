"""Linear programmes that are asked again and again under other bounds, each time from where the last answer was.

TRAP: HiGHS with its default presolve gives wrong optima and calls feasible systems infeasible: presolve stays off.
It is reached through scipy's own binding, because `scipy.optimize.milp` starts anew each time, which takes about seven times as
long. That binding is not promised to stay: the lock pins scipy, and a test compares it with `milp`.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize._highspy import _core as highs
from scipy.sparse import csc_matrix


class LinearProgramme:
    """The least of price @ x, with low <= matrix @ x <= high and x within bounds."""

    def __init__(
        self, price: np.ndarray, matrix: csc_matrix, low: np.ndarray, high: np.ndarray, least: np.ndarray, most: np.ndarray
    ) -> None:
        self.least, self.most = least, most
        self._places = np.arange(len(price), dtype=np.int32)
        self._solver = highs._Highs()
        options = highs.HighsOptions()
        options.presolve, options.output_flag = "off", False
        self._solver.passOptions(options)
        lines, size = matrix.shape
        about = size, lines, matrix.nnz, int(highs.MatrixFormat.kColwise), int(highs.ObjSense.kMinimize), 0.0
        nothing_whole = np.zeros(size, np.int32)
        self._solver.passModel(
            *about, price, least, most, low, high, matrix.indptr, matrix.indices, matrix.data.astype(float), nothing_whole
        )

    def solve(self, least: np.ndarray | None = None, most: np.ndarray | None = None) -> np.ndarray | None:
        """x, under other bounds if they are given; None when there is none."""
        if least is not None and most is not None:
            self._solver.changeColsBounds(len(self._places), self._places, least, most)
        self._solver.run()
        if self._solver.getModelStatus() != highs.HighsModelStatus.kOptimal:
            return None
        return np.array(self._solver.getSolution().col_value)

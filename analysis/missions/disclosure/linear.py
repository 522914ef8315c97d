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
        model = highs.HighsLp()
        model.num_row_, model.num_col_ = model.a_matrix_.num_row_, model.a_matrix_.num_col_ = matrix.shape
        model.a_matrix_.format_ = highs.MatrixFormat.kColwise
        model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
        model.col_cost_, model.col_lower_, model.col_upper_ = price, least, most
        model.row_lower_, model.row_upper_ = low, high
        self._solver.passModel(model)

    def solve(self, least: np.ndarray | None = None, most: np.ndarray | None = None) -> np.ndarray | None:
        """x, under other bounds if they are given; None when there is none."""
        if least is not None and most is not None:
            self._solver.changeColsBounds(len(self._places), self._places, least, most)
        self._solver.run()
        if self._solver.getModelStatus() != highs.HighsModelStatus.kOptimal:
            return None
        return np.array(self._solver.getSolution().col_value)

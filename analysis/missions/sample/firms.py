"""The pool of invented firms from which participants come."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .truth import SECTORS, SIZES

POOL_N = 2500
_SIZE_SHARES = (0.36, 0.34, 0.19, 0.11)
_EAGERNESS = {"micro": 0.8, "small": 1.0, "medium": 1.2, "large": 1.6}


def firm_pool(rng: np.random.Generator) -> pd.DataFrame:
    """One row per firm.

    eagerness: how readily it joins a mission. earlier_missions_n: its missions before the first year of the data.
    """
    size = rng.choice(SIZES, POOL_N, p=_SIZE_SHARES)
    # Larger firms go more often: the selection on something that everybody can see.
    eagerness = rng.lognormal(0, 0.5, POOL_N) * np.array([_EAGERNESS[one] for one in size])
    return pd.DataFrame(
        {
            # Numbers of the Chamber of Commerce are eight digits: no firm can have one of these.
            "company_id": [f"SYN{number:06d}" for number in range(1, POOL_N + 1)],
            "size_class": size,
            "is_independent_sme": (size != "large") & (rng.random(POOL_N) < 0.72),
            "sector": rng.choice(SECTORS, POOL_N),
            "eagerness": eagerness,
            "earlier_missions_n": rng.poisson(0.35 * eagerness / eagerness.mean()),
        }
    )

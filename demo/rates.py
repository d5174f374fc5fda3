"""Plan rates: what the demo company counts a pound and a dollar for in a fiscal year."""

import numpy as np

from demo.clock import Ints, as_date, day_of
from demo.words import CURRENCIES

RATE_SCALE = 10_000
PLAN_RATES = {  # euro for one unit, in ten-thousandths, by fiscal year
    "GBP": {2023: 11_300, 2024: 11_600, 2025: 11_900, 2026: 11_650, 2027: 11_700},
    "USD": {2023: 9_400, 2024: 9_200, 2025: 9_500, 2026: 8_800, 2027: 8_900},
}


def rates_on(currency: Ints, day: Ints, clock_day: int) -> Ints:
    """Plan rate to euro in ten-thousandths for currency codes (see `words.CURRENCIES`) on days.

    A fiscal year's rates are published when it begins; later days take the last known ones.
    """
    last = as_date(clock_day).year
    first = day_of(2023, 1, 1)
    years = day.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    years = np.clip(years, as_date(first).year, last)
    out = np.full(len(day), RATE_SCALE, dtype=np.int64)
    for name, by_year in PLAN_RATES.items():
        table = np.array([by_year[year] for year in range(2023, 2028)], dtype=np.int64)
        out = np.where(currency == CURRENCIES.index(name), table[years - 2023], out)
    return out

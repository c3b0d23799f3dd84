"""Tables of numbers for a first try: four that scikit-learn ships, and the lesson of four features.

Sources of scikit-learn's: Fisher 1936 (iris); Forina et al. (wine); Street, Wolberg, Mangasarian
1993 (breast_cancer); Alpaydin, Kaynak 1998 (digits).
"""

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine

from saccade.data.number_tables import NumberTable
from saccade.table import Table

_SHIPPED = {
    "iris": load_iris,
    "wine": load_wine,
    "breast_cancer": load_breast_cancer,
    "digits": load_digits,
}
BUNDLED = ("four_features", *_SHIPPED)
_ROWS = 60  # of each class
# Means of a good part and of a faulty one, and the deviation of both, for each feature.
_LESSON = ((5.0, 5.2, 1.0), (3.0, 4.8, 0.8), (7.0, 5.0, 1.0), (5.0, 4.9, 1.2))


def four_features(*, seed: int = 0) -> NumberTable:
    """Draw 120 parts with four measured features, of which the second and third show the faults.

    Args:
        seed: of the draw.
    """
    draw = np.random.default_rng(seed)
    columns = [
        np.concatenate([draw.normal(mean, deviation, _ROWS) for mean in (good, faulty)])
        for good, faulty, deviation in _LESSON
    ]
    labels = np.repeat(["normal", "faulty"], _ROWS)
    names = tuple(f"x{place + 1}" for place in range(len(columns)))
    return NumberTable("four_features", names, np.stack(columns, axis=1), labels, "y")


def bundled_table(name: str) -> NumberTable:
    """Open a table by its name.

    Raises:
        UnknownName: there is none of this name.
    """
    if name == "four_features":
        return four_features()
    bunch = Table("table", _SHIPPED)[name]()
    labels = np.array([str(kind) for kind in np.asarray(bunch.target_names)[bunch.target]])
    names = tuple(str(one).removesuffix(" (cm)").replace(" ", "_") for one in bunch.feature_names)
    return NumberTable(name, names, np.asarray(bunch.data, dtype=np.float64), labels, "target")

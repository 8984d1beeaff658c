"""What does one peer make of a case? `python -m tests.benchmarks.zones.peer NAME K FILE`, in a process of its own."""

import json
import sys
import time
import warnings

import geopandas
import numpy as np
import shapely

warnings.filterwarnings("ignore")


def main() -> None:
    """Print the zone of each unit and the CPU seconds as JSON."""
    name, number, file = sys.argv[1:]
    with open(file, encoding="utf-8") as lines:
        case = json.load(lines)
    library, method = name.split(" ", 1)
    run = {"pygeoda": _pygeoda, "spopt": _spopt, "scikit-learn": _scikit_learn}[library]
    start = time.process_time()
    zone = run(method, float(number), case)
    print(json.dumps({"zone": np.asarray(zone).astype(int).tolist(), "cpu_s": time.process_time() - start}))


def _frame(case: dict) -> geopandas.GeoDataFrame:
    values = np.array(case["values"])
    columns = {f"a{k}": column for k, column in enumerate(values.T)}
    # Neighbours are given, so the shapes do not matter.
    squares = shapely.box(*(np.arange(len(values)) + shift for shift in (0.0, 0.0, 1.0, 1.0)))
    return geopandas.GeoDataFrame({**columns, "load": case["workload"]}, geometry=squares)


def _pygeoda(method: str, number: float, case: dict) -> np.ndarray:
    import pygeoda

    frame = _frame(case)
    table = pygeoda.open(frame)
    weights = _gal(pygeoda, case)
    data = table[[name for name in frame.columns if name.startswith("a")]]
    options = {"scale_method": "raw"}
    if method.startswith("maxp"):
        return _pygeoda_maxp(pygeoda, method, number, weights, data, case["workload"], options)
    count = int(number)
    if method == "skater":
        return pygeoda.skater(count, weights, data, **options)["Clusters"]
    if method == "redcap":
        return pygeoda.redcap(count, weights, data, "fullorder-wardlinkage", **options)["Clusters"]
    schc = list(pygeoda.schc(count, weights, data, "ward", **options)["Clusters"])
    if method == "schc":
        return schc
    if method == "azp greedy from schc":
        return pygeoda.azp_greedy(count, weights, data, init_regions=schc, **options)["Clusters"]
    if method == "azp tabu from schc":
        return pygeoda.azp_tabu(count, weights, data, tabu_length=10, conv_tabu=10, init_regions=schc, **options)[
            "Clusters"
        ]
    return pygeoda.azp_sa(count, weights, data, 0.85, sa_maxit=1, init_regions=schc, **options)["Clusters"]


def _gal(pygeoda: object, case: dict) -> object:
    """The same neighbours as everybody's, through a file, which is how pygeoda reads weights."""
    import tempfile

    count = len(case["values"])
    near: list[list[int]] = [[] for _ in range(count)]
    for a, b in zip(case["first"], case["second"], strict=True):
        near[a].append(b)
        near[b].append(a)
    lines = [f"0 {count} case POLY_ID"]
    for k, others in enumerate(near):
        lines += [f"{k + 1} {len(others)}", " ".join(str(o + 1) for o in others)]
    with tempfile.NamedTemporaryFile("w", suffix=".gal", delete=False) as file:
        file.write("\n".join(lines) + "\n")
    return pygeoda.read_gal(file.name, [str(k + 1) for k in range(count)])  # type: ignore[attr-defined]


def _pygeoda_maxp(
    pygeoda: object, method: str, floor: float, weights: object, data: object, load: list, options: dict
) -> np.ndarray:
    run = getattr(pygeoda, method.replace(" ", "_"))
    return run(weights, data, load, floor, **options)["Clusters"]


def _spopt(method: str, number: float, case: dict) -> np.ndarray:
    from libpysal.weights import W
    from spopt.region import MaxPHeuristic, WardSpatial

    frame = _frame(case)
    near: dict[int, list[int]] = {k: [] for k in range(len(frame))}
    for a, b in zip(case["first"], case["second"], strict=True):
        near[a].append(b)
        near[b].append(a)
    weights = W(near, silence_warnings=True)
    names = [name for name in frame.columns if name.startswith("a")]
    np.random.seed(7)
    if method == "max-p":
        model = MaxPHeuristic(frame, weights, names, "load", number, 2, 20, 5)
    else:
        model = WardSpatial(frame, weights, names, n_clusters=int(number))
    model.solve()
    return model.labels_


def _scikit_learn(method: str, number: float, case: dict) -> np.ndarray:
    from scipy.sparse import coo_array
    from sklearn.cluster import AgglomerativeClustering

    count = len(case["values"])
    one, two = np.array(case["first"]), np.array(case["second"])
    links = coo_array((np.ones(2 * len(one)), (np.r_[one, two], np.r_[two, one])), shape=(count, count)).tocsr()
    model = AgglomerativeClustering(n_clusters=int(number), connectivity=links, linkage=method)
    return model.fit_predict(np.array(case["values"]))


if __name__ == "__main__":
    main()

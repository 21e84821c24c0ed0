"""Judge: the same programs as mixed-integer programs for HiGHS (scipy.optimize.milp). Reads JSON from standard input."""
import json
import sys
import time

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

answers = []
for program in json.load(sys.stdin):
    pieces = [(i, *piece) for i, item in enumerate(program["items"]) for piece in item]
    count, items = len(pieces), len(program["items"])
    # Money in yuan: coefficients of 10^10 fen beside binaries are beyond the tolerances of the solver.
    start = np.array([piece[1] for piece in pieces]) / 100
    end = np.array([piece[2] for piece in pieces]) / 100
    ratio = np.array([piece[3] for piece in pieces])
    owner = np.array([piece[0] for piece in pieces])
    # Variables: y of each piece, then whether it is used.
    k = np.arange(count)
    least = csr_array((np.concatenate([np.ones(count), -start]), (np.concatenate([k, k]), np.concatenate([k, k + count]))), shape=(count, 2 * count))
    most = csr_array((np.concatenate([np.ones(count), -end]), (np.concatenate([k, k]), np.concatenate([k, k + count]))), shape=(count, 2 * count))
    one = csr_array((np.ones(count), (owner, k + count)), shape=(items, 2 * count))
    constraints = [LinearConstraint(least, 0, np.inf), LinearConstraint(most, -np.inf, 0), LinearConstraint(one, -np.inf, 1)]
    for row in program["rows"]:
        inside = np.isin(owner, row["members"]).astype(float)
        constraints.append(LinearConstraint(np.concatenate([inside, np.zeros(count)])[None, :], -np.inf, row["limit"] / 100))
    began = time.time()
    found = milp(
        -np.concatenate([ratio, np.zeros(count)]),
        constraints=constraints,
        integrality=np.concatenate([np.zeros(count), np.ones(count)]),
        bounds=Bounds(0, np.concatenate([end, np.ones(count)])),
        options={"time_limit": program["seconds"], "mip_rel_gap": 1e-7},
    )
    answers.append({"value": None if found.x is None else -found.fun, "bound": None if found.mip_dual_bound is None else -found.mip_dual_bound, "seconds": time.time() - began})
print(json.dumps(answers))

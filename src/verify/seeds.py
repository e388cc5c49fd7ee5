"""Seeds random numbers that a notebook itself does not seed, where that was asked for."""

import importlib
import random
import sys

WAYS = {
    "torch": lambda module, seed: module.manual_seed(seed),
    "tensorflow": lambda module, seed: module.random.set_seed(seed),
}
planted = {}


def plant(seed):
    """Seed Python's and numpy's global generators; `seed` None for leaving all as it is."""
    planted.clear()
    if seed is None:
        return
    planted["seed"] = seed
    random.seed(seed)
    try:
        importlib.import_module("numpy").random.seed(seed)
    except ImportError:
        pass  # then nobody draws from it


def plant_libraries():
    """Seed what was imported meanwhile. Loading such a library when nobody needs it would take long."""
    for name, way in WAYS.items():
        if "seed" in planted and name not in planted and name in sys.modules:
            planted[name] = True
            way(sys.modules[name], planted["seed"])

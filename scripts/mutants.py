"""Mutation testing of the engine: does a test notice when one operator, number or condition is changed?

    pip install "cosmic-ray>=8.7,<9"
    python scripts/mutants.py --sample 500 --seed 1

cosmic-ray finds and makes the changes; annotations, decorators and texts are left out, since they decide nothing
when the kernels run as plain Python (``NUMBA_DISABLE_JIT=1``). Each mutant is tried in a copy of the tree by the
engine's tests until the first failure; one that runs out of time counts as killed. Ends with 1 below ``--least``
killed. Takes some five seconds for each mutant and worker, so it is run by hand and not by CI.
"""

import argparse
import ast
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).resolve().parent.parent
ENGINE = Path("src/watchfloor_engine")
TIMEOUT_S = 90
OFTEN_FIRST = ("schedule", "schedule_property", "resident")
# In place of the suite's own conftest, which sets up what the engine does not know. What fails need not be made small,
# and fewer random examples than the suite's own are enough to notice most changes: what is killed here is killed there.
CONFTEST = """from hypothesis import Phase, settings
made = settings.__init__
def with_fewer(self, parent=None, **said):
    said.update({name: min(said[name], 60) for name in ("max_examples",) if name in said})
    made(self, parent, **said)
settings.__init__ = with_fewer
settings.register_profile("mutants", phases=[Phase.explicit, Phase.generate], derandomize=True, database=None)
settings.load_profile("mutants")
"""
# Without numba's types a decorator is only a name, and a default argument that is None has no other value.
SKIPPED_OPERATORS = ("core/RemoveDecorator", "core/VariableReplacer", "core/VariableInserter", "core/NoOp")


@dataclass(frozen=True)
class Mutant:
    """One change: which occurrence of an operator in which module, and where that lies."""

    module: str
    operator: str
    occurrence: int
    line: int


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=500, help="how many of all mutants are tried")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("--workers", type=int, default=max((os.cpu_count() or 2) - 1, 1))
    parser.add_argument("--least", type=float, default=0.85, help="share that must be killed")
    parser.add_argument("--only", default="", help="modules whose name contains this")
    parser.add_argument("--json", type=Path, help="write every mutant and what became of it here")
    given = parser.parse_args()

    everything = [each for path in _modules(given.only) for each in _mutants(path)]
    chosen = random.Random(given.seed).sample(everything, min(given.sample, len(everything)))
    print(f"{len(everything)} mutants in all, {len(chosen)} are tried", flush=True)
    copies = SimpleQueue()
    for number in range(given.workers):
        copies.put(_copy(number))
    sound = copies.get()
    if _tests_fail(sound):
        sys.exit("The tests fail without any change; mend that first.")
    copies.put(sound)

    def attempt(mutant):
        copy = copies.get()
        try:
            survived, change = _survives(copy, mutant)
        finally:
            copies.put(copy)
        return {**asdict(mutant), "survived": survived, "change": change}

    results = []
    with ThreadPoolExecutor(given.workers) as pool:
        for result in pool.map(attempt, chosen):
            results.append(result)
            if result["survived"]:
                print(f"{result['module']}:{result['line']} {result['change']}", flush=True)
            if given.json:
                given.json.write_text(json.dumps(results, indent=1))
    killed = sum(not each["survived"] for each in results)
    print(f"{killed} of {len(results)} killed: {killed / len(results):.1%}")
    return int(killed < given.least * len(results))


def _modules(only):
    return [
        path.relative_to(ROOT)
        for path in sorted((ROOT / ENGINE).rglob("*.py"))
        if only in path.name and path.name not in {"__init__.py", "warm.py"}
    ]


def _mutants(module):
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    source = (ROOT / module).read_text()
    nodes = list(ast_nodes(get_ast(source)))
    idle = _idle_ranges(source)
    for name in sorted(operator_names()):
        if name.startswith(SKIPPED_OPERATORS):
            continue
        operator = get_operator(name)()
        places = [place for node in nodes for place in operator.mutation_positions(node)]
        for occurrence, (start, _) in enumerate(places):
            if not any(first <= start < last for first, last in idle):
                yield Mutant(str(module), name, occurrence, start[0])


def _idle_ranges(source):
    """From where to where there is code that decides nothing: annotations, decorators, texts."""
    found = []
    for node in ast.walk(ast.parse(source)):
        parts = []
        if isinstance(node, ast.FunctionDef):
            parts = [*node.decorator_list, node.returns]
        elif isinstance(node, ast.ClassDef):
            parts = node.decorator_list
        elif isinstance(node, (ast.arg, ast.AnnAssign)):
            parts = [node.annotation]
        elif isinstance(node, (ast.Raise, ast.JoinedStr)):
            parts = [node]
        for part in parts:
            if part is not None:
                found.append(((part.lineno, part.col_offset), (part.end_lineno, part.end_col_offset)))
    return found


def _copy(number):
    home = Path(tempfile.mkdtemp(prefix=f"watchfloor-mutants-{number}-"))
    for name in ("src", "tests", "docs"):
        shutil.copytree(ROOT / name, home / name, ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(ROOT / "pyproject.toml", home)
    (home / "tests" / "conftest.py").write_text(CONFTEST)
    return home


def _survives(copy, mutant):
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    path = copy / mutant.module
    source = path.read_text()
    mutated = mutate_code(source, get_operator(mutant.operator)(), mutant.occurrence)
    before, after = source.splitlines(), mutated.splitlines()
    at = next((n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), 0)
    change = f"{before[at].strip()}  =>  {after[at].strip() if at < len(after) else ''}"
    path.write_text(mutated)
    try:
        return not _tests_fail(copy, mutant.module), change
    finally:
        path.write_text(source)


def _tests_fail(copy, module=""):
    # Those that are about the module come first, then those that notice most, so that most mutants end soon.
    tests = copy / "tests" / "engine"
    first = [tests / f"test_{name}.py" for name in (Path(module).stem, *OFTEN_FIRST)]
    env = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(copy / "src")}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    # Plain Python warns where 64 bits overflow on purpose.
    if module and "simulate" not in module:
        # They take longest, and of a schedule they ask nothing that the others do not.
        command += ["--ignore", str(tests / "test_simulation.py")]
    command += ["-W", "ignore::RuntimeWarning", *(str(each) for each in first if each.exists()), str(tests)]
    try:
        done = subprocess.run(command, cwd=copy, env=env, capture_output=True, timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


if __name__ == "__main__":
    sys.exit(main())

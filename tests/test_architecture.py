"""Rules of the code that no single file shows: imports, uses of the clock, caught errors, test files."""

import ast
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
APP = ROOT / "app"

# Each line may import the lines above it and itself; neighbours of one line do not import each other.
LAYERS = (
    {"domain", "clock", "background", "contact_data", "telemetry", "text_input"},
    {"encryption"},
    {"settings"},
    {"database"},
    {"commands"},
    {"ledger"},
    {"http"},
    {"access"},
    {"catalogue"},
    {"rollups"},
    {"dossiers"},
    {"lookup", "audit"},
    {"statistics"},
    {"slips"},
    {"notifications"},
    {"identity"},
    {"operations", "regions"},
    {"loading"},
    {"web"},
    {"services"},
    {"main"},
    {"cli"},
)
LAYER_OF = {name: number for number, names in enumerate(LAYERS) for name in names}

CLOCK_READERS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "localtime"),
    ("time", "gmtime"),
}
# Modules of the standard library that reach outside the process. The domain must not use them.
NOT_FOR_DOMAIN = {
    "asyncio",
    "http",
    "io",
    "json",
    "os",
    "pathlib",
    "random",
    "socket",
    "sqlite3",
    "subprocess",
    "time",
    "urllib",
}


# The modules outside `app/database` that branch on the kind of the database, and why they have to.
KNOWS_THE_DATABASE = {
    "app.audit.verification.check_schema": "each database describes its schema in its own way",
    "app.audit.verification.postgresql_schema": "PostgreSQL itself writes the definitions of the code",
    "app.cli": "checks a database's URL and finds its file, before anything is opened",
    "app.encryption.key_files": "looks for the keys beside an SQLite file",
    "app.http.idempotency.responses": "PostgreSQL claims a key in a function, so that claiming is one round trip",
    "app.loading.bulk.pacing": "the server of PostgreSQL is another process, which works at the same time",
    "app.operations.purge.service": "SQLite overwrites deleted data only if told so",
}
# A migration makes what its database needs, and is never changed afterwards.
MIGRATIONS_THAT_BRANCH = {
    "0001",
    "0004",
    "0005",
    "0006",
    "0008",
    "0011",
    "0013",
    "0017",
    "0020",
    "0025",
    "0029",
    "0031",
    "0035",
    "0038",
    "0041",
    "0042",
    "0043",
    "0044",
    "0046",
    "0048",
    "0049",
    "0052",
    "0053",
}
DATABASE_KINDS = {"sqlite", "postgresql"}


def sources(folder: Path) -> list[Path]:
    files = sorted(folder.rglob("*.py"))
    assert files, folder
    return files


def name_of(path: Path) -> str:
    """`app.domain.calendar` for a file, `app.domain` for the file of a package."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in sources(APP) if path.parent != APP or path.stem != "__init__"}
every_module = pytest.mark.parametrize("module", MODULES)
every_domain_module = pytest.mark.parametrize("module", [name for name in MODULES if name.startswith("app.domain")])


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def imported_by(module: str) -> Iterator[str]:
    """The full name of each module that `module` imports, anywhere in it."""
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively in line {node.lineno}"
            assert node.module is not None
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else node.module


def room_of(module: str) -> str:
    """The folder or file directly under `app` that the module belongs to."""
    return module.split(".")[1]


def folder_of(module: str) -> str:
    """The folder of the module. A package is its own folder, and so is each file directly under `app`."""
    if MODULES[module].stem == "__init__" or MODULES[module].parent == APP:
        return module
    return module.rpartition(".")[0]


@every_module
def test_imports_run_one_way_through_the_layers(module: str) -> None:
    here = room_of(module)
    assert here in LAYER_OF, f"app/{here} has no place in LAYERS of this file"
    for imported in imported_by(module):
        if imported.startswith("app."):
            there = room_of(imported)
            assert here == there or LAYER_OF[there] < LAYER_OF[here], f"{module} imports {imported}"


def test_every_listed_folder_exists() -> None:
    assert set(LAYER_OF) == {room_of(module) for module in MODULES}


def circle_in(edges: Mapping[str, set[str]]) -> str:
    """A path that leads back to its start, or an empty text."""
    finished: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> str:
        if name in path:
            return " → ".join((*path[path.index(name) :], name))
        if name not in finished:
            for next_name in sorted(edges[name]):
                if circle := visit(next_name, (*path, name)):
                    return circle
            finished.add(name)
        return ""

    return next((circle for name in sorted(edges) if (circle := visit(name, ()))), "")


def test_no_module_imports_itself_through_others() -> None:
    assert not circle_in({name: {other for other in imported_by(name) if other in MODULES} for name in MODULES})


def test_no_folder_imports_itself_through_others() -> None:
    edges: dict[str, set[str]] = {folder_of(name): set() for name in MODULES}
    for name in MODULES:
        there = {folder_of(other) for other in imported_by(name) if other in MODULES}
        edges[folder_of(name)] |= there - {folder_of(name)}
    assert not circle_in(edges)


def branches_on_the_database(tree: ast.Module) -> bool:
    """Whether code asks for the dialect, or compares something with the name of a kind of database."""
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    compared = {
        constant.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        for constant in ast.walk(node)
        if isinstance(constant, ast.Constant) and isinstance(constant.value, str)
    }
    return bool(attributes & {"dialect", "get_backend_name"} or compared & DATABASE_KINDS)


def test_few_modules_know_which_database_there_is() -> None:
    """Others use a named function of `app/database`, or `Prepared` with a statement for each database."""
    branching = {name for name in MODULES if branches_on_the_database(tree_of(name))}
    assert {name for name in branching if not name.startswith("app.database")} == KNOWS_THE_DATABASE.keys()


def test_no_other_migration_branches() -> None:
    migrations = sources(ROOT / "migrations" / "versions")
    branching = {path.stem[:4] for path in migrations if branches_on_the_database(ast.parse(path.read_text("utf-8")))}
    assert branching == MIGRATIONS_THAT_BRANCH


@every_module
def test_only_main_imports_routes(module: str) -> None:
    if module != "app.main":
        assert not [imported for imported in imported_by(module) if imported.endswith(".routes")]


@every_domain_module
def test_the_domain_imports_only_itself_and_pure_parts_of_the_standard_library(module: str) -> None:
    for imported in imported_by(module):
        top = imported.split(".")[0]
        if top == "app":
            assert imported.startswith("app.domain"), imported
        else:
            assert top in sys.stdlib_module_names - NOT_FOR_DOMAIN, imported


@every_module
def test_only_the_clock_module_reads_the_clock(module: str) -> None:
    if module == "app.clock":
        return
    readers = {
        (node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", ""), node.attr)
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.Attribute)
    }
    readers |= {
        (node.module or "", alias.name)
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert not readers & CLOCK_READERS


@every_module
def test_only_the_outer_middleware_and_rounds_of_tasks_catch_every_error(module: str) -> None:
    if module in ("app.http.middleware", "app.background"):
        return
    for node in ast.walk(tree_of(module)):
        # A handler that raises the error again does not swallow it.
        if isinstance(node, ast.ExceptHandler) and not isinstance(node.body[-1], ast.Raise):
            assert node.type is not None, f"line {node.lineno}: a bare except"
            caught = {name.id for name in ast.walk(node.type) if isinstance(name, ast.Name)}
            assert not caught & {"Exception", "BaseException"}, f"line {node.lineno}"


@every_module
def test_features_use_no_http_exception(module: str) -> None:
    if module not in {"app.main", "app.regions.application", "app.http.error_responses"}:
        names = {node.id for node in ast.walk(tree_of(module)) if isinstance(node, ast.Name)}
        assert "HTTPException" not in names


@every_module
def test_each_module_has_a_docstring(module: str) -> None:
    docstring = ast.get_docstring(tree_of(module))
    assert docstring, module
    first_paragraph = docstring.split("\n\n")[0]
    assert first_paragraph.endswith("."), first_paragraph


def test_no_module_has_an_empty_name() -> None:
    named = {path.stem for folder in (APP, ROOT / "tests") for path in sources(folder)}
    named |= {path.parent.name for folder in (APP, ROOT / "tests") for path in sources(folder)}
    assert not named & {"util", "utils", "helper", "helpers", "common", "misc"}


@pytest.mark.parametrize(
    "path", [pytest.param(path, id=str(path.relative_to(ROOT))) for path in sources(ROOT / "tests")]
)
def test_no_test_file_is_imported(path: Path) -> None:
    """Tests share code in tests/support."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    imported = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            imported += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    test_files = [
        name for name in imported if name.rpartition(".")[2].startswith("test_") and name.startswith("tests.")
    ]
    assert not test_files, "move the shared part to tests/support"

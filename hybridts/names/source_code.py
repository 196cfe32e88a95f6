"""Hash the code of one source file and find what it imports; comments, docstrings and layout do not count."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class SourceModule:
    """One file: the hash of its code and the dotted names that it imports, which may be names of attributes."""

    digest: str
    imports: frozenset[str]


def parse_module(source: bytes, name: str, is_package: bool) -> SourceModule:
    """Return the hash and the imports of a module's source.

    Args:
        source: content of the file.
        name: dotted name of the module.
        is_package: whether the file is the `__init__.py` of a package.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a file for another version of Python, whose imports are unknown
        return SourceModule(digest_of_bytes(source), frozenset())
    package = name if is_package else name.rpartition(".")[0]
    imports = frozenset(_imports(tree, package))
    return SourceModule(digest_of_bytes(ast.dump(_WithoutDocstrings().visit(tree)).encode()), imports)


def digest(*parts: str) -> str:
    """Return one hash of several texts."""
    return digest_of_bytes("\x1f".join(parts).encode())


def digest_of_bytes(content: bytes) -> str:
    """Return the hash of bytes as 32 hexadecimal digits."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


class _WithoutDocstrings(ast.NodeTransformer):
    """Remove strings that stand alone: docstrings, also those after an attribute."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        """Drop a string; keep anything else."""
        is_text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if is_text else self.generic_visit(node)


def _imports(node: ast.AST, package: str) -> Iterator[str]:
    """Yield the dotted names imported anywhere in the code, except those for type checkers only."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            for other in child.orelse:
                yield from _imports(other, package)
        elif isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield from _imported_from(child, package)
        else:
            yield from _imports(child, package)


def _imported_from(node: ast.ImportFrom, package: str) -> Iterator[str]:
    """Yield, for `from a import b`, the module `a` and `a.b`, which may be a module too."""
    base = node.module or ""
    if node.level:
        above = package.split(".")[: len(package.split(".")) - node.level + 1]
        base = ".".join([*above, base] if base else above)
    yield base
    yield from (f"{base}.{alias.name}" for alias in node.names if alias.name != "*")

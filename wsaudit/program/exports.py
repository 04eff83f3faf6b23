"""Exports: what a module gives under a name, and what an import of it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.program import values
from wsaudit.program.names import Binding, Scope, Write
from wsaudit.program.values import ModuleRef, Unknown, Values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.program.program import Program
    from wsaudit.syntax.nodes import Node


class Exports:
    """What the modules of a program give each other."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def imported(self, statement: nodes.Import, name: nodes.ImportName) -> Values:
        """What an imported name may be."""
        module = self._program.module_of(statement)
        if module.language == "python":
            return self._imported_python(statement, name, module.path)
        target = self._program.files.typescript(statement.module, module.path)
        if target is not None:
            if name.name == "*":
                return (ModuleRef(target),)
            return self.exported(target, name.name)
        specifier = statement.module.removeprefix("node:")
        if specifier.startswith((".", "/", "@/", "~/")):
            return (Unknown("unresolved import"),)
        return (values.External(f"{specifier}#{name.name}"),)

    def _imported_python(
        self, statement: nodes.Import, name: nodes.ImportName, importer: str
    ) -> Values:
        module = statement.module
        if statement.plain:
            top = module.partition(".")[0]
            found = self._program.files.python(top, importer)
            return (ModuleRef(found),) if found else (values.External(top),)
        target = self._program.files.python(module, importer)
        if name.name == "*":
            return (ModuleRef(target),) if target else (values.External(module),)
        dot = "" if module.endswith(".") else "."
        submodule = self._program.files.python(f"{module}{dot}{name.name}", importer)
        if target is not None:
            exported = self.exported(target, name.name)
            if values.known(exported) or submodule is None:
                return exported
        if submodule is not None:
            return (ModuleRef(submodule),)
        if module.startswith("."):
            return (Unknown("unresolved import"),)
        return (values.External(f"{module}.{name.name}"),)

    def required(self, call: nodes.Call) -> Values:
        """What ``require("x")`` gives, and ``import("x")`` once it is awaited."""
        argument = call.arguments[0].value
        if not isinstance(argument, nodes.Literal) or not isinstance(
            argument.value, str
        ):
            return (Unknown("require"),)
        target = self._program.files.typescript(
            argument.value, self._program.module_of(call).path
        )
        if target is not None:
            return (ModuleRef(target),)
        return (values.External(f"{argument.value.removeprefix('node:')}#default"),)

    def exported(self, path: str, name: str) -> Values:
        """What a module of the project gives under a name."""
        module = self._program.module(path)
        if module is None:
            return (Unknown(f"no export {name}"),)
        return self._program.remember(
            f"export {name}", module, lambda: self._exported(path, name)
        )

    def _exported(self, path: str, name: str) -> Values:
        found = self._export(path, name, 0)
        match found:
            case Binding():
                return self._program.bound(found)
            case None:
                return (Unknown(f"no export {name}"),)
            case ModuleRef():
                return (found,)
            case _:
                return self._program.values(found)

    def _export(
        self, path: str, name: str, depth: int
    ) -> Binding | nodes.Expression | ModuleRef | None:
        module = self._program.module(path)
        if module is None or depth > 8:
            return None
        top = self._program.names(module).top
        if module.language == "python":
            return self._export_python(module, top, name, depth)
        stars: list[str] = []
        for statement in module.body:
            if not isinstance(statement, nodes.Export):
                continue
            found = self._export_here(statement, top, path, name, depth, stars)
            if found is not None:
                return found
        for star in stars:
            found = self._export(star, name, depth + 1)
            if found is not None:
                return found
        return self._common_js(module, name)

    def _export_python(
        self, module: nodes.Module, top: Scope, name: str, depth: int
    ) -> Binding | nodes.Expression | ModuleRef | None:
        if name in top.bindings:
            return top.bindings[name]
        submodule = self._program.files.python_submodule(module.path, name)
        if submodule is not None:
            return ModuleRef(submodule)
        if "*" in top.bindings:
            for write in top.bindings["*"].writes:
                if isinstance(write.source, nodes.Import):
                    target = self._program.files.python(
                        write.source.module, module.path
                    )
                    found = self._export(target, name, depth + 1) if target else None
                    if found is not None:
                        return found
        return None

    def _export_here(  # noqa: C901, PLR0912 - the forms of an export
        self,
        statement: nodes.Export,
        top: Scope,
        path: str,
        name: str,
        depth: int,
        stars: list[str],
    ) -> Binding | nodes.Expression | ModuleRef | None:
        if statement.default and name == "default":
            if statement.value is not None:
                return statement.value
            match statement.declaration:
                case nodes.FunctionDef(name=own) | nodes.ClassDef(name=own) if own:
                    return top.bindings.get(own)
                case nodes.FunctionDef(function=function):
                    return function
                case _:
                    return None
        if statement.value is not None and name == "default":
            return statement.value
        if (
            statement.declaration is not None
            and name in top.bindings
            and any(
                _declares(statement.declaration, w) for w in top.bindings[name].writes
            )
        ):
            return top.bindings[name]
        for local, exported in statement.names:
            source = (
                self._program.files.typescript(statement.module, path)
                if statement.module
                else ""
            )
            if local == "*" and exported == "*":
                if source:
                    stars.append(source)
            elif exported == name:
                if source and local == "*":
                    return ModuleRef(source)
                if source:
                    return self._export(source, local, depth + 1)
                if source is None:
                    return None
                return top.bindings.get(local)
        return None

    def _common_js(
        self, module: nodes.Module, name: str
    ) -> Binding | nodes.Expression | None:
        for statement in module.body:
            match statement:
                case nodes.Bind(
                    target=nodes.Member(object=nodes.Name(id="module"), name="exports"),
                    value=value,
                ) if value is not None:
                    if name == "default":
                        return value
                    if isinstance(value, nodes.Record):
                        for entry in value.entries:
                            if (
                                isinstance(entry.key, nodes.Literal)
                                and entry.key.value == name
                            ):
                                return entry.value
                case nodes.Bind(
                    target=nodes.Member(
                        object=nodes.Name(id="exports")
                        | nodes.Member(object=nodes.Name(id="module"), name="exports"),
                        name=written,
                    ),
                    value=value,
                ) if written == name and value is not None:
                    return value
                case _:
                    continue
        return None

    def origin(self, node: nodes.Name | nodes.Member) -> Binding | None:
        """The declaration a name means, followed through imports to its own file."""
        if isinstance(node, nodes.Member):
            for owner in self._program.values(node.object):
                if isinstance(owner, ModuleRef):
                    found = self._export(owner.path, node.name, 0)
                    return found if isinstance(found, Binding) else None
            return None
        binding = self._program.binding(node)
        for _ in range(8):
            if binding is None or len(binding.writes) != 1:
                return binding
            write = binding.writes[0]
            if not isinstance(write.source, nodes.Import):
                return binding
            found = self._import_target(write.source, write.at)
            if not isinstance(found, Binding):
                return None
            binding = found
        return binding

    def import_target(self, statement: nodes.Import, name: Node) -> Binding | None:
        """The declaration in another module that an imported name means."""
        found = self._import_target(statement, name)
        return found if isinstance(found, Binding) else None

    def export_binding(self, path: str, name: str) -> Binding | None:
        """The declaration that a module of the project gives under a name."""
        found = self._export(path, name, 0)
        return found if isinstance(found, Binding) else None

    def _import_target(
        self, statement: nodes.Import, name: Node
    ) -> Binding | nodes.Expression | ModuleRef | None:
        path = self._program.module_of(statement).path
        find = (
            self._program.files.python
            if self._program.modules[path].language == "python"
            else self._program.files.typescript
        )
        target = find(statement.module, path)
        if target is None or not isinstance(name, nodes.ImportName):
            return None
        return self._export(target, name.name, 0)

    def type_definition(self, node: nodes.Expression) -> nodes.TypeDef | None:
        """The type alias, interface or enum that a type name means."""
        if not isinstance(node, nodes.Name | nodes.Member):
            return None
        binding = self.origin(node)
        for write in binding.writes if binding else ():
            if isinstance(write.source, nodes.TypeDef):
                return write.source
        return None

    def alias_value(self, node: nodes.Expression) -> nodes.Expression | None:
        """The right side of a Python type alias (``Rooms = dict[str, WebSocket]``)."""
        if not isinstance(node, nodes.Name | nodes.Member):
            return None
        binding = self.origin(node)
        if binding is None or not binding.constant:
            return None
        return binding.writes[0].value


def _declares(declaration: nodes.Statement, write: Write) -> bool:
    """True when a declaration is where a binding is written."""
    if write.at is declaration or write.source is declaration:
        return True
    return declaration.start <= write.at.start and write.at.end <= declaration.end

"""Single-file components: their scripts and templates, with every place exact."""

from __future__ import annotations

import pytest

from wsaudit.program import tree
from wsaudit.syntax import nodes
from wsaudit.syntax.singlefile import read_component, scripts_only

VUE = """\
<!-- <script setup>no()</script> -->
<template>
  <p :title="label">it's {{ level }} µ</p>
  <button @click="ask('north')" @focus="near">North</button>
  <template #foot><i v-if="storm">!</i></template>
</template>

<script lang="ts">
export const unit: string = "cm";
</script>

<script setup lang="ts">
import { ref } from "vue";
const level = ref<number>(0);
</script>
"""
SVELTE = """\
<script context="module">
  export const unit = "cm";
</script>
<script>
  export let port;
  const level = 1 < 2;
</script>
{#if level}
  <button on:click={() => ask({ port })} title={unit}>{level}</button>
{/if}
<style> a { b: c } </style>
"""


def _written(path: str, text: str) -> list[str]:
    """The text of every name of a module, in order."""
    module = read_component(path, text)
    assert module.faults == ()
    data = text.encode()
    names = [n for n in tree.walk(module) if isinstance(n, nodes.Name)]
    for name in names:
        assert data[name.start : name.end].decode() == name.id
    return [name.id for name in sorted(names, key=lambda one: one.start)]


def test_vue_reads_scripts_and_template() -> None:
    """The names of both scripts and of the template stand where the file has them."""
    assert _written("Tide.vue", VUE) == [
        *("label", "level", "ask", "near", "storm"),
        *("unit", "string", "level", "ref", "number"),
    ]


def test_svelte_reads_scripts_and_markup() -> None:
    """What a block such as ``{#if}`` asks is code, as is a brace inside braces."""
    assert _written("Tide.svelte", SVELTE) == [
        *("unit", "port", "level"),
        *("level", "ask", "port", "unit", "level"),
    ]


@pytest.mark.parametrize(
    ("block", "names"),
    [
        ("{#each rows as row, at (row.id)}{/each}", ["rows"]),
        ("{#if a}{:else if b > 1}{:else}{/if}", ["a", "b"]),
        ("{#await asked then answer}{/await}", ["asked"]),
        ("{#key room}{/key}{@html text}{@debug x}", ["room", "text"]),
    ],
)
def test_blocks_of_svelte_ask_what_comes_first(block: str, names: list[str]) -> None:
    """What they bind (``as row``) are names of their own."""
    text = f"<script>\n</script>\n{block}\n"

    assert _written("Tide.svelte", text) == names


@pytest.mark.parametrize(
    ("path", "text"), [("web/tide-gauge.vue", VUE), ("TideGauge.svelte", SVELTE)]
)
def test_what_runs_for_each_instance_is_a_function(path: str, text: str) -> None:
    """The component is exported under the name of its file; imports stay outside."""
    body = read_component(path, text).body
    whole = body[-1]

    assert isinstance(whole, nodes.Export)
    assert isinstance(whole.declaration, nodes.FunctionDef)
    assert whole.default
    assert whole.declaration.name == "TideGauge"
    assert isinstance(whole.declaration.function.body[-1], nodes.Return)
    assert not any(isinstance(s, nodes.FunctionDef) for s in body[:-1])


def test_handler_becomes_a_function_of_its_own() -> None:
    """What a template calls runs on the event, not with the component."""
    markup = [
        node
        for node in tree.walk(read_component("Tide.vue", VUE))
        if isinstance(node, nodes.Markup) and node.attributes
    ]
    named = {str(m.attributes[0].key.value): m.attributes[0].value for m in markup}  # type: ignore[union-attr]

    assert isinstance(named["onClick"], nodes.Function)
    assert isinstance(named["onFocus"], nodes.Name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<script",
        "<script>",
        "<template>{{ a",
        '<template><p :a="b',
        "{" * 200_000,
        "<p " * 100_000,
        '<p a="' * 50_000,
        "<script>a</script>" * 2_000,
        "<template>" * 20_000,
    ],
    ids=len,
)
@pytest.mark.parametrize("suffix", ["vue", "svelte"])
def test_broken_and_hostile_files_end(text: str, suffix: str) -> None:
    """Whatever the bytes, there is a module, and the scripts keep their places."""
    assert read_component(f"a.{suffix}", text).language == "typescript"
    assert len(scripts_only(f"a.{suffix}", text)) == len(text)

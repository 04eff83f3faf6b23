"""A part of a state is known by whatever reads it; feeds are what messages write."""

from __future__ import annotations

import pytest

from tests.nouns.scenes import argument_of_call, scene_of, written_at
from wsaudit.analysis.feeds import feeds
from wsaudit.analysis.feeds.parts import parts

STORE = """
import { create } from "zustand";
export const useDocs = create((set, get) => ({
  docs: [{ id: 1, title: "" }],
  view: { zoom: 1 },
  rename: (title) => set((state) => { here(INSIDE); return { docs: state.docs }; }),
}));
"""
HOOK = """
import { useState } from "react";
export function View() {
  const [view, setView] = useState({ zoom: 1, marks: [] });
  setView((known) => { here(INSIDE); return known; });
  return null;
}
"""


@pytest.mark.parametrize(
    ("text", "inside", "expected"),
    [
        (STORE, "state", ""),
        (STORE, "state.view.zoom", "view.zoom"),
        (STORE, "get().docs[0].title", "docs.[].title"),
        (STORE, "state.docs.find((doc) => doc.id === 1)", "docs.[]"),
        (STORE, "state.docs.sort()", "docs"),
        (STORE, "[...state.docs]", None),
        (STORE, "useDocs((state) => state.view)", "view"),
        (STORE, "useDocs.getState().view ?? {}", "view"),
        (STORE, "title", None),
        (HOOK, "known.marks", "marks"),
        (HOOK, "view.zoom", "zoom"),
        (HOOK, "{ ...known }", None),
    ],
)
def test_part_of_a_state(text: str, inside: str, expected: str | None) -> None:
    """An expression is a part of a state, or a value of its own."""
    scene = scene_of({"a.tsx": text.replace("INSIDE", inside)})
    found = parts(scene, argument_of_call(scene, "here"))

    assert (".".join(found[0].path) if found else None) == expected


def test_feeds_are_the_writes_that_messages_run() -> None:
    """Through actions and the last message of a hook; not what a click runs."""
    files = {
        "a.tsx": """
import useWebSocket from "react-use-websocket";
import { useEffect, useState } from "react";
import { create } from "zustand";
const useDocs = create((set) => ({ doc: "", onDoc: (doc) => set({ doc }) }));
export function View() {
  const [line, setLine] = useState("");
  const [open, setOpen] = useState(false);
  const { lastMessage } = useWebSocket("wss://x");
  useEffect(() => {
    setLine(lastMessage.data);
    useDocs.getState().onDoc(lastMessage.data);
  }, [lastMessage]);
  return <button onClick={() => setOpen(true)}>{line}{open}</button>;
}
"""
    }
    scene = scene_of(files)

    assert [written_at(scene, files, feed.write.call) for feed in feeds(scene)] == [
        "set({ doc })",
        "setLine(lastMessage.data)",
    ]

"""Which files are read: what names sockets, what uses that, and what it calls."""

from __future__ import annotations

import pytest

from wsaudit.dialects import load_dialects
from wsaudit.program import Files
from wsaudit.world import Index, close, words_of

ENDPOINT = """
from fastapi import FastAPI, WebSocket
from service import Service

app = FastAPI()
service = Service()

@app.websocket("/ws")
async def ws(websocket: WebSocket):
    await websocket.accept()
    service.latest()
"""
CLIENT = """
import { url } from "./config";
export class Line {
  socket = new WebSocket(url);
}
"""
WORLDS = {
    "what a class is called with leads to a call that waits": (
        {
            "routes.py": ENDPOINT,
            "service.py": "import repository\n\n"
            "class Service:\n    def latest(self):\n        return repository.all()\n",
            "repository.py": "import requests\n\n"
            "def all():\n    return requests.get('http://x')\n",
            "tables.py": "import requests\n\nrequests.get('http://x')\n",
        },
        ("repository.py", "service.py"),
    ),
    "what waits for nothing is read one step away, and no farther": (
        {
            "routes.py": ENDPOINT,
            "service.py": "from names import name\n\n"
            "class Service:\n    def latest(self):\n        return name()\n",
            "names.py": "def name():\n    return 'x'\n",
        },
        ("service.py",),
    ),
    "who uses a client is read, through a file that hands it on": (
        {
            "line.ts": CLIENT,
            "config.ts": "export const url = 'wss://x';\n",
            "index.ts": "export * from './line';\n",
            "view.ts": "import { Line } from './line';\nnew Line();\n",
            "other.ts": "export const x = 1;\n",
        },
        ("config.ts", "view.ts"),
    ),
    "a store is read with what it is made of": (
        {
            "line.ts": "import { use } from './store';\n"
            "const socket = new WebSocket('wss://x');\n"
            "socket.onmessage = (event) => use.getState().add(event.data);\n",
            "store.ts": "import { slice } from './slice';\n"
            "export const use = create((...a) => ({ ...slice(...a) }));\n",
            "slice.ts": "export const slice = (set) => ({ add: (x) => set({ x }) });\n",
        },
        ("slice.ts", "store.ts"),
    ),
    "a store that messages reach is read, with who shows it; no components between": (
        {
            "line.ts": "import { handle } from './handle';\n"
            "import { Page } from './Page';\n"
            "const socket = new WebSocket('wss://x');\n"
            "socket.onmessage = (event) => handle(event);\n",
            "handle.ts": "import { parse } from './parse';\n"
            "export const handle = (event) => parse(event);\n",
            "parse.ts": "import { useDocs } from './docs';\n"
            "export const parse = (event) => useDocs.getState().add(event);\n",
            "docs.ts": "import { create } from 'zustand';\n"
            "export const useDocs = create((set) => ({ add: (x) => set({ x }) }));\n",
            "Page.tsx": "import { Menu } from './Menu';\n"
            "export const Page = () => <Menu />;\n",
            "Menu.tsx": "import { useMenu } from './menu';\n"
            "export const Menu = () => useMenu();\n",
            "menu.ts": "import { create } from 'zustand';\n"
            "export const useMenu = create(() => ({}));\n",
            "Docs.tsx": "import { useDocs } from './docs';\n"
            "export const Docs = () => useDocs((docs) => docs.x);\n",
        },
        ("Docs.tsx", "Page.tsx", "docs.ts", "handle.ts", "parse.ts"),
    ),
    "nothing is read where there are no sockets": (
        {"a.py": "import b\n", "b.py": "x = 1\n"},
        (),
    ),
    "a file that is gone has no outline": (
        {"routes.py": ENDPOINT, "service.py": None},
        ("service.py",),
    ),
}


@pytest.mark.parametrize(("files", "read"), WORLDS.values(), ids=WORLDS)
def test_files_that_matter(files: dict[str, str | None], read: tuple[str, ...]) -> None:
    """The hits are given; what else is read follows from outlines alone."""
    index = Index(
        Files(files, lambda _path: None),
        lambda path: text.encode() if (text := files.get(path)) is not None else None,
        words_of(load_dialects()),
    )
    hits = [path for path in files if path in {"routes.py", "line.ts"}]

    assert close(index, hits, files.keys() - hits) == read

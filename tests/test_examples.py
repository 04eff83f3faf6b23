"""The grammar of examples: blocks become files, marks become expectations."""

from __future__ import annotations

import pytest

from wsaudit.examples import Example, Mark, PageError, read_example, split_sections


def _read(body: str) -> Example:
    (section,) = split_sections(f"## Bad: a heading\n\n{body}")
    return read_example(section, "WS130", "page.md")


def test_unnamed_blocks_are_named_after_their_language() -> None:
    """Each language has one file name, and blocks that share it are one file."""
    example = _read(
        "```python\na = 1\n```\n\n```ts\nlet b;\n```\n\ntext\n\n```python\nc = 2\n```\n"
    )

    assert example.files == {"server.py": "a = 1\nc = 2\n", "client.ts": "let b;\n"}
    assert example.heading == "Bad: a heading"
    assert example.line == 1


def test_line_above_names_the_file() -> None:
    """A path in backticks and a colon, alone on the line above, name the block."""
    example = _read("`a/b.py`:\n\n```python\nx\n```\n\n```python\ny\n```\n")

    assert example.files == {"a/b.py": "x\n", "server.py": "y\n"}


@pytest.mark.parametrize(
    ("text", "ignored", "line"),
    [
        ("x()  # WS130", "x()  # {}", 1),
        ("x(); // WS130", "x(); // {}", 1),
        ("<A /> {/* WS130 */}", "<A /> {/* {} */}", 1),
        ("<A b /* WS130 */", "<A b /* {} */", 1),
        ("a\n  # WS130\n  x()", "a\n  # {}\n  x()", 3),
        ("a\n  // WS130 (a)\n  x()", "a\n  // {}\n  x()", 3),
        ("a\n{/* WS130 */}\n<A />", "a\n{/* {} */}\n<A />", 3),
    ],
)
def test_mark_stands_for_its_line_or_the_next(
    text: str, ignored: str, line: int
) -> None:
    """A mark turns into an ignore comment with a reason, and no line is lost."""
    example = _read(f"```python\n{text}\n```\n")

    comment = "wsaudit: ignore[WS130] shown as an example"
    assert example.files == {"server.py": ignored.replace("{}", comment) + "\n"}
    assert [(mark.path, mark.line) for mark in example.marks] == [("server.py", line)]


def test_mark_names_variant_and_message() -> None:
    """A variant in parentheses and a part of the message may follow the code."""
    example = _read('```ts\nx(); // WS130 (server-push) "is `lost`"\n```\n')

    assert example.marks == (Mark("client.ts", 1, "server-push", "is `lost`"),)


@pytest.mark.parametrize("text", ['say("# WS130 is it")', "x()  # WS130 is a code"])
def test_mention_of_a_code_is_no_mark(text: str) -> None:
    """Only a comment that holds nothing else is a mark."""
    assert _read(f"```python\n{text}\n```\n").marks == ()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("```toml\n```\n", "page.md:4: a block in `toml` needs a file name"),
        ("`../a.py`:\n```python\n```\n", "`../a.py` leaves the folder"),
        ("`/a.py`:\n```python\n```\n", "`/a.py` leaves the folder"),
        ("```python\nx\n", "not closed"),
        ("```python\nx  # WS131\n```\n", "a mark names WS131, the rule is WS130"),
    ],
)
def test_broken_example_is_named(body: str, message: str) -> None:
    """What breaks the grammar is refused with the place and the reason."""
    with pytest.raises(PageError) as error:
        _read(body)

    assert message in str(error.value)


def test_fence_hides_headings() -> None:
    """A comment in a block is no heading, and an inner fence does not close it."""
    sections = split_sections("# T\n\n````python\n# c\n```\n## d\n````\n## e\n")

    assert [section.heading for section in sections] == ["# T", "## e"]
    assert sections[1].line == 8


def test_text_before_the_first_heading_is_kept() -> None:
    """A section without heading tells that something stands before the title."""
    assert [part.heading for part in split_sections("\nx\n# T\n")] == ["", "# T"]

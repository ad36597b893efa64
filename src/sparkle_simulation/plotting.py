"""Plots as inline SVG: lines, stacked areas, bars up and down, bars in rows, ranges; of whatever it may be.

Colours are classes (`c1` … for kinds, `s1` … for steps of one scale), so that the page gives each a
light and a dark one. Each day and each row says its figures in a `<title>`, which browsers show on hovering.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from html import escape

from attrs import frozen

WIDTH, HEIGHT = 640, 270
LEFT, RIGHT, TOP, BOTTOM = 62, 14, 14, 40
THICK, BETWEEN = 14, 12
"""Of a bar in a row, and between rows."""
ROW_LEFT = 138
SAME = 1e-6
"""Figures that differ by less are shown as one."""

Words = Callable[[float], str]


@frozen
class Series:
    """Figures of one kind, one a place on the x axis, in one colour."""

    name: str
    colour: str
    values: tuple[float, ...]


@frozen
class Axes:
    """What the axes say: `places` names each place on the x axis for its hover text, `xs` are their numbers."""

    x: str
    y: str
    xs: tuple[int, ...]
    words: Words
    title: str


def short(value: float) -> str:
    """A number on an axis: 950, 1.2k, 34k, 5M.

    >>> [short(n) for n in (0, 0.25, 950, 1_200, 34_000, -5_000_000)]
    ['0', '0.25', '950', '1.2k', '34k', '−5M']
    """
    size = abs(value)
    unit, of = next(((u, n) for u, n in (("G", 10**9), ("M", 10**6), ("k", 10**3)) if size >= n), ("", 1))
    return ("−" if value < 0 else "") + f"{size / of:.3g}" + unit


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers from at most `low` to at least `high`, some `about` of them.

    >>> ticks(0, 87), ticks(-3, 4), ticks(0, 0)
    ([0.0, 20.0, 40.0, 60.0, 80.0, 100.0], [-4.0, -2.0, 0.0, 2.0, 4.0], [0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
    """
    high = high if high - low > SAME else low + 1
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(n * step, 10) for n in range(first, last + 1)]


@frozen
class _Frame:
    """Where values are on the plot."""

    marks: list[float]
    many: int

    def x(self, place: float) -> float:
        """The middle of a place."""
        return LEFT + (place + 0.5) * self.step

    @property
    def step(self) -> float:
        return (WIDTH - LEFT - RIGHT) / self.many

    def y(self, value: float) -> float:
        low, high = self.marks[0], self.marks[-1]
        return HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM)


def lines(axes: Axes, series: Sequence[Series], *, low: float = 0, high: float = 0) -> str:
    """One line a series, on an axis from `low` or less up to `high` or more."""
    values = [v for s in series for v in s.values]
    frame = _Frame(ticks(min([low, *values]), max([high, *values])), len(axes.xs))
    drawn = []
    for one in series:
        points = [(frame.x(n), frame.y(v)) for n, v in enumerate(one.values)]
        drawn.append(f'<polyline class="line {one.colour}" points="{_points(points)}"/>')
        if len(points) == 1:
            drawn.append(_tag("circle", one.colour, cx=points[0][0], cy=points[0][1], r=3))
    return _framed(axes, frame, drawn, series)


def areas(axes: Axes, series: Sequence[Series], *, high: float = 0) -> str:
    """Series stacked on one another, the first at the bottom."""
    tops = [sum(values) for values in zip(*(s.values for s in series), strict=True)]
    frame = _Frame(ticks(0, max([high, *tops])), len(axes.xs))
    below = [0.0] * len(axes.xs)
    drawn = []
    for one in series:
        above = [b + v for b, v in zip(below, one.values, strict=True)]
        edge = [*_stretched(frame, above), *reversed(_stretched(frame, below))]
        drawn.append(f'<polygon class="area {one.colour}" points="{_points(edge)}"/>')
        below = above
    return _framed(axes, frame, drawn, series[::-1])


def _stretched(frame: _Frame, values: Sequence[float]) -> list[tuple[float, float]]:
    """An edge from the first place's beginning to the last one's end."""
    middle = [(frame.x(n), frame.y(v)) for n, v in enumerate(values)]
    return [(LEFT, middle[0][1]), *middle, (WIDTH - RIGHT, middle[-1][1])]


def bars(axes: Axes, up: Sequence[Series], down: Sequence[Series], *, low: float = 0, high: float = 0) -> str:
    """Stacked bars: what comes in goes up, what goes out goes down. `low` and `high`: what the axis has at least."""
    frame = _Frame(ticks(min(low, -_most(down)), max(high, _most(up))), len(axes.xs))
    width = max(1.0, frame.step * 0.78)
    drawn = []
    for sign, stacked in ((1, up), (-1, down)):
        below = [0.0] * len(axes.xs)
        for one in stacked:
            for n, value in enumerate(one.values):
                if value > 0:
                    ends = sorted((frame.y(sign * below[n]), frame.y(sign * (below[n] + value))))
                    x, tall = frame.x(n) - width / 2, ends[1] - ends[0]
                    drawn.append(_tag("rect", one.colour, x=x, y=ends[0], width=width, height=tall))
                    below[n] += value
    return _framed(axes, frame, drawn, [*up, *down])


def _most(series: Sequence[Series]) -> float:
    return max(
        (sum(max(0.0, v) for v in values) for values in zip(*(s.values for s in series), strict=True)), default=0
    )


def rows(title: str, names: Sequence[str], series: Sequence[Series], words: Words, *, x: str, high: float = 0) -> str:
    """Bars in rows, as many a row as there are series, with their values written beside them."""
    marks = ticks(0, max([high, *(v for s in series for v in s.values)]), 4)
    drawn = []
    for n, name in enumerate(names):
        said = "; ".join(f"{s.name}: {words(s.values[n])}" for s in series)
        inside = [_row_name(name, n, len(series))]
        for k, one in enumerate(series):
            y = _row_y(n, k, len(series))
            end = _row_x(marks, one.values[n])
            inside.append(_tag("rect", one.colour, x=ROW_LEFT, y=y, width=max(0.5, end - ROW_LEFT), height=THICK - 1))
            inside.append(_text(words(one.values[n]), end + 5, y + THICK / 2 + 3.5, "value"))
        drawn.append(_hover(f"{name}: {said}", inside))
    return _in_rows(title, marks, _row_y(len(names), 0, len(series)), drawn, x)


def ranges(
    title: str, names: Sequence[str], series: Sequence[tuple[str, str, Sequence[tuple[float, ...] | None]]], *, x: str
) -> str:
    """Ranges in rows: from the lower to the upper quartile, with a mark at the median; (name, colour, quartiles)."""
    ends = [q[2] for _, _, quartiles in series for q in quartiles if q]
    marks = ticks(0, max([1.0, *ends]), 6)
    drawn = []
    for n, name in enumerate(names):
        inside, said = [_row_name(name, n, len(series))], []
        for k, (whose, colour, quartiles) in enumerate(series):
            y = _row_y(n, k, len(series))
            found = quartiles[n]
            if found is None:
                said.append(f"{whose}: nobody")
                continue
            low, middle, high = (_row_x(marks, q) for q in found)
            inside.append(_tag("rect", f"{colour} range", x=low, y=y, width=max(2.0, high - low), height=THICK - 4))
            inside.append(_tag("rect", colour, x=middle - 2, y=y - 2, width=4, height=THICK))
            said.append(f"{whose}: median {found[1]:.1f} days, middle half {found[0]:.1f} to {found[2]:.1f}")
        drawn.append(_hover(f"{name}: {'; '.join(said)}", inside))
    return _in_rows(title, marks, _row_y(len(names), 0, len(series)), drawn, x)


def _row_x(marks: Sequence[float], value: float) -> float:
    return ROW_LEFT + value / marks[-1] * (WIDTH - ROW_LEFT - 60)


def _row_y(row: int, bar: int, bars_a_row: int) -> float:
    """The upper edge of a bar."""
    return TOP + BETWEEN / 2 + row * (BETWEEN + bars_a_row * THICK) + bar * THICK


def _row_name(name: str, row: int, bars_a_row: int) -> str:
    return _text(name, ROW_LEFT - 8, _row_y(row, 0, bars_a_row) + bars_a_row * THICK / 2 + 4, "end")


def _in_rows(title: str, marks: Sequence[float], bottom: float, drawn: Iterable[str], x: str) -> str:
    grid = []
    for mark in marks:
        at = _row_x(marks, mark)
        grid.append(_tag("line", "grid", x1=at, x2=at, y1=TOP, y2=bottom))
        grid.append(_text(short(mark), at, bottom + 16, "middle"))
    return _svg(
        title, bottom + BOTTOM, [*grid, *drawn, _text(x, (ROW_LEFT + WIDTH - 60) / 2, bottom + 33, "label middle")]
    )


def _framed(axes: Axes, frame: _Frame, drawn: Sequence[str], series: Sequence[Series]) -> str:
    """Grid, axes, what is drawn, and a strip a place that says its figures."""
    bottom = HEIGHT - BOTTOM
    grid = []
    for mark in frame.marks:
        kind = "zero" if mark == 0 else "grid"
        grid.append(_tag("line", kind, x1=LEFT, x2=WIDTH - RIGHT, y1=frame.y(mark), y2=frame.y(mark)))
        grid.append(_text(short(mark), LEFT - 7, frame.y(mark) + 4, "end"))
    for n in _labelled(len(axes.xs)):
        grid.append(_text(str(axes.xs[n]), frame.x(n), bottom + 16, "middle"))
    middle = (TOP + bottom) / 2
    labels = [
        _text(axes.x, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, "label middle"),
        f'<text class="label middle" transform="translate(14 {middle:.1f}) rotate(-90)">{escape(axes.y)}</text>',
    ]
    strips = []
    for n, place in enumerate(axes.xs):
        said = "\n".join([f"{axes.x} {place}", *(f"{s.name}: {axes.words(s.values[n])}" for s in series)])
        strip = _tag("rect", "strip", x=frame.x(n) - frame.step / 2, y=TOP, width=frame.step, height=bottom - TOP)
        cursor = _tag("line", "cursor", x1=frame.x(n), x2=frame.x(n), y1=TOP, y2=bottom)
        strips.append(_hover(said, [strip, cursor]))
    return _svg(axes.title, HEIGHT, [*grid, *drawn, *labels, *strips])


def _labelled(many: int) -> list[int]:
    """Which places have their number written: about ten, the first and the last among them."""
    every = max(1, -(-many // 10))
    shown = list(range(0, many, every))
    if shown[-1] != many - 1:
        if many - 1 - shown[-1] < every * 0.6 and len(shown) > 1:
            shown.pop()
        shown.append(many - 1)
    return shown


def _points(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _tag(name: str, classes: str, **numbers: float) -> str:
    said = " ".join(f'{attribute}="{number:.1f}"' for attribute, number in numbers.items())
    return f'<{name} class="{classes}" {said}/>'


def _text(text: str, x: float, y: float, classes: str) -> str:
    return f'<text class="{classes}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _hover(said: str, inside: Iterable[str]) -> str:
    return f'<g class="hover"><title>{escape(said)}</title>{"".join(inside)}</g>'


def _svg(title: str, height: float, inside: Iterable[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(title)}">'
        + "\n".join(inside)
        + "</svg>"
    )

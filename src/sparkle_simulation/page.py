"""One HTML page with everything: no script, nothing loaded, no time of day; the same report gives the same bytes."""

from collections.abc import Iterable, Sequence
from html import escape

from sparkle_simulation.charts import Figure, figures, name_of
from sparkle_simulation.measuring import Report
from sparkle_simulation.running import Plan
from sparkle_simulation.tables import Table, tables

STYLE = """
:root { color-scheme: light dark; --back: #f6f7f9; --card: #ffffff; --ink: #1b2330; --soft: #5b6675; --line: #dfe3e8;
  --zero: #8b95a3; --c1: #2b6cd9; --c2: #d4621f; --c3: #17876a; --c4: #a8408c; --c5: #8f7a1b;
  --d1: #6c7686; --d2: #a3553f; --d3: #3f7d8c; --d4: #83659f; --d5: #a9b1bc;
  --s1: #d6dee9; --s2: #b3cbea; --s3: #86aee3; --s4: #558cd6; --s5: #2f6bbd; --s6: #1f4c92; --s7: #142f62; }
@media (prefers-color-scheme: dark) { :root { --back: #12161c; --card: #1b212a; --ink: #e6eaf0; --soft: #9fabba;
  --line: #303946; --zero: #6d7988; --c1: #6aa5ff; --c2: #f19255; --c3: #4cc7a2; --c4: #e08ac8; --c5: #d8bf55;
  --d1: #8e99a9; --d2: #d08d78; --d3: #79b8c7; --d4: #b9a0d3; --d5: #5d6775;
  --s1: #323c4a; --s2: #2f4d78; --s3: #3566a8; --s4: #4583d3; --s5: #6ba3ea;
  --s6: #9cc4f6; --s7: #d3e6ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 28px 20px 60px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; }
h2 { font-size: 17px; margin: 0; }
p { margin: 2px 0 10px; color: var(--soft); max-width: 76ch; }
figure, .card { margin: 0; padding: 16px 18px; background: var(--card);
  border: 1px solid var(--line);
  border-radius: 10px; }
.grid { display: grid; gap: 18px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 500px), 1fr));
  grid-auto-flow: dense; margin: 18px 0; }
.panels { display: grid; gap: 14px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); }
.wide { grid-column: 1 / -1; }
.panels h3, .card h3 { font-size: 14px; font-weight: 600; margin: 0 0 2px; }
ul.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 3px 16px; margin: 0 0 8px; padding: 0;
  font-size: 13.5px; }
ul.legend i { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 6px;
  vertical-align: -1px; }
svg { display: block; width: 100%; height: auto; max-width: 720px; margin: 0 auto; }
svg text { fill: var(--ink); font-size: 12px; }
svg .label { fill: var(--soft); }
svg .end { text-anchor: end; }
svg .middle { text-anchor: middle; }
svg .value { font-size: 11px; fill: var(--soft); }
svg .grid { stroke: var(--line); }
svg .zero { stroke: var(--zero); }
svg .line { fill: none; stroke-width: 2.4; stroke-linejoin: round; stroke-linecap: round; }
svg .line.c2 { stroke-dasharray: 7 4; }
svg .area { stroke: var(--card); stroke-width: 1; }
svg .range { opacity: 0.38; }
svg .strip { fill: transparent; }
svg .cursor { stroke: var(--ink); opacity: 0; }
svg .hover:hover .cursor { opacity: 0.55; }
table { border-collapse: collapse; font-size: 13.5px; font-variant-numeric: tabular-nums; }
th, td { padding: 3px 14px 3px 0; text-align: right; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; }
.scrolled { overflow-x: auto; }
.card.end table { width: 100%; }
summary { cursor: pointer; font-weight: 600; padding: 4px 0; }
"""
COLOURS = [f"{shade}{n}" for shade, many in (("c", 5), ("d", 5), ("s", 7)) for n in range(1, many + 1)]


def page(plan: Plan, reports: Sequence[Report]) -> str:
    """The page of one report, or of two that are compared."""
    said = f"{plan.people:,} people over {plan.days:,} days, from seed {plan.seed}"
    rules = " against ".join(name_of(reports, n) for n in range(len(reports)))
    ends, *more = tables(reports)
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>Sparkle simulation: {escape(said)}</title>",
            f"<style>{STYLE}{_coloured()}</style>\n</head>\n<body>\n<main>",
            f"<h1>{escape(said)}</h1>\n<p>Simulated under {escape(rules)}.</p>",
            f'<div class="grid">\n<section class="card end">{_table(ends)}</section>',
            *map(_figure, figures(reports)),
            "</div>",
            f'<details class="card">\n<summary>All figures</summary>\n{_tables(more)}</details>',
            "</main>\n</body>\n</html>\n",
        ]
    )


def _coloured() -> str:
    """What each colour's class means: lines are drawn in it, everything else is filled with it."""
    return "".join(
        f".{c} {{ fill: var(--{c}); background: var(--{c}); }} .line.{c} {{ stroke: var(--{c}); }}\n" for c in COLOURS
    )


def _figure(figure: Figure) -> str:
    wide = ' class="wide"' if len(figure.panels) > 1 else ""
    legend = "".join(f'<li><i class="{colour}"></i>{escape(name)}</li>' for name, colour in figure.legend)
    panels = "\n".join(
        f"<div>{f'<h3>{escape(caption)}</h3>' if caption else ''}{svg}</div>" for caption, svg in figure.panels
    )
    return (
        f"<figure{wide}>\n<h2>{escape(figure.title)}</h2>\n<p>{escape(figure.about)}</p>\n"
        + (f'<ul class="legend">{legend}</ul>\n' if legend else "")
        + f'<div class="panels">{panels}</div>\n</figure>'
    )


def _tables(shown: Iterable[Table]) -> str:
    return "\n".join(map(_table, shown))


def _table(table: Table) -> str:
    heads = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in table.headings)
    body = "\n".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows)
    return (
        f'<h2>{escape(table.title)}</h2>\n<div class="scrolled"><table><thead><tr>{heads}</tr></thead>\n'
        f"<tbody>{body}</tbody></table></div>"
    )

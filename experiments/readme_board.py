"""Put the leaderboard of a finished quickstart run into README.md, so that no number there is typed by hand.

hybridts backtest configs/quickstart.yaml --out runs/quickstart && python -m experiments.readme_board runs/quickstart
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import hybridts as ht

COLUMNS = ["rank", "model", "family", "MASE", "RMSSE", "sMAPE", "gain_over_part", "vs_best_baseline", "seconds_alone",
           "seconds_added"]  # fmt: skip
HEAD = """| # | model | family | MASE | RMSSE | sMAPE | gain over own best part % | vs best baseline % | seconds alone | seconds added |
| ---: | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"""


def cell(name: str, value: object) -> str:
    """Format one table cell: three decimals for scores, one for percentages."""
    if value != value or value is None:
        return ""
    if not isinstance(value, float):
        return str(value)
    if name.startswith("seconds"):
        return f"{value:.1f}" if value >= 0.05 else "< 0.1"
    return f"{value:+.1f}" if name in ("gain_over_part", "vs_best_baseline") else f"{value:.3f}"


def main() -> None:
    """Rewrite the block between the two markers."""
    table = ht.load_board(sys.argv[1]).table[COLUMNS]
    lines = [" | ".join(cell(c, row[c]) for c in COLUMNS) for row in table.to_dict("records")]
    block = "\n".join([HEAD, *(f"| {line} |" for line in lines)])
    readme = Path(__file__).parents[1] / "README.md"
    text = readme.read_text()
    marked = r"(<!-- leaderboard: quickstart -->\n).*?(<!-- end -->)"
    readme.write_text(re.sub(marked, lambda m: f"{m[1]}{block}\n{m[2]}", text, flags=re.S))


if __name__ == "__main__":
    main()

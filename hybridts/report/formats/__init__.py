"""How a report is written: html, md, csv, tex, json."""

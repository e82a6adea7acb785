"""Charts: what one shows (`chart`), how it is drawn as SVG (`drawing`), and as what file it leaves (`files`)."""

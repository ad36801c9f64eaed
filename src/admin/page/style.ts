/** The only style of the page. Text has a contrast of 4.5 or more and marks 3 or more, in light and dark mode. */
export const STYLE = `
:root { color-scheme: light dark; --text: #1d232b; --muted: #5c6672; --line: #dfe3e8; --ground: #f5f6f8; --card: #fff;
  --live: #2563c9; --baseline: #7d8794; --good: #1a7445; --warn: #8f5200; --bad: #b92722; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e8ed; --muted: #a2acb8; --line: #39424c; --ground: #14181c;
  --card: #1c2127; --live: #7badff; --baseline: #7b8694; --good: #4cc38a; --warn: #e0a14a; --bad: #ff8a84; } }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0; background: var(--ground); color: var(--text); font: 14px/1.45 system-ui, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 20px 16px 40px; overflow-wrap: break-word; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 14px; overflow-wrap: anywhere; }
h1 { font-size: 20px; margin: 0; }
h2 { font-size: 16px; margin: 0 0 8px; overflow-wrap: anywhere; }
h3 { font-size: 14px; margin: 14px 0 6px; overflow-wrap: anywhere; }
p { margin: 6px 0 0; overflow-wrap: anywhere; }
pre { overflow-x: auto; }
a { color: var(--live); }
a, button, summary, input { min-height: 24px; }
button, input { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--baseline); border-radius: 4px; padding: 2px 8px; }
:focus-visible { outline: 2px solid var(--live); outline-offset: 2px; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 14px 16px; margin-top: 14px; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px 18px; margin: 0; }
.facts dt { color: var(--muted); font-size: 12px; }
.facts dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.now dd { font-size: 17px; } .now dd svg { margin-top: 4px; width: 100%; height: 28px; } .now dd .muted { font-size: 12px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--muted); padding-bottom: 4px; }
th, td { text-align: left; padding: 5px 12px 5px 0; border-top: 1px solid var(--line); vertical-align: top; }
thead th { color: var(--muted); font-weight: 500; font-size: 12px; border-top: 0; white-space: nowrap; vertical-align: bottom; }
thead th button { border: 0; padding: 0; background: none; color: var(--text); text-decoration: underline dotted; }
th[scope=row] { font-weight: inherit; min-width: 110px; max-width: 320px; overflow-wrap: anywhere; }
.number { text-align: right; white-space: nowrap; }
td.name { overflow-wrap: anywhere; min-width: 110px; max-width: 320px; }
tr.more td { border-top: 0; padding-top: 0; }
tbody:target { outline: 2px solid var(--live); outline-offset: -2px; }
summary { cursor: pointer; color: var(--live); width: fit-content; }
details table { width: auto; } details > * + * { margin-top: 8px; }
.tools { display: flex; flex-wrap: wrap; gap: 6px 16px; align-items: center; margin: 8px 0; }
.muted { color: var(--muted); }
.good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); font-weight: 600; }
.key { display: inline-block; width: 12px; height: 12px; margin: 0 4px 0 10px; border: 1px solid var(--baseline); }
.key.live { background: var(--live); border-color: var(--live); }
.key:first-child { margin-left: 0; }
svg { display: block; } svg .baseline { fill: none; stroke: var(--baseline); stroke-width: 1.5; } svg .live { fill: var(--live); }
svg .line { fill: none; stroke: var(--live); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 700px) {
  main { padding: 12px 8px 32px; } section { padding: 12px 10px; }
  table.cards, table.cards > tbody, table.cards > caption { display: block; }
  table.cards > thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table.cards > tbody > tr:not(.more) { border-top: 1px solid var(--line); padding-top: 6px; }
  table.cards > tbody > tr { display: grid; grid-template-columns: 1fr 1fr; gap: 2px 12px; }
  table.cards > tbody > tr > * { border: 0; padding: 2px 0; max-width: none; text-align: left; min-width: 0; }
  table.cards > tbody > tr > th, table.cards > tbody > tr > td[colspan] { grid-column: 1 / -1; }
  table.cards > tbody > tr > td[data-label]::before { content: attr(data-label); display: block; color: var(--muted); font-size: 12px; }
}
`

/** The styles of the report. Colours have a contrast of 3:1 for bars and 4.5:1 for text on both grounds. */
export const REPORT_STYLE = `
:root { color-scheme: light dark; --text: #1d232b; --muted: #59636f; --line: #dfe3e8; --ground: #f5f6f8; --card: #fff;
  --live: #2563c9; --baseline: #848e9a; --good: #1a7f4b; --bad: #c2302b; --warn: #96540a; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e8ed; --muted: #a3adb8; --line: #2e353d; --ground: #14181c;
  --card: #1c2127; --live: #6ea4ff; --baseline: #7d8793; --good: #4cc38a; --bad: #ff7a74; --warn: #e0a14a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 14px/1.45 system-ui, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 20px 16px 40px; }
h1 { font-size: 20px; margin: 0 0 4px; overflow-wrap: anywhere; } h2 { font-size: 17px; margin: 26px 0 4px; }
h3 { display: inline; font-size: 15px; margin: 0; overflow-wrap: anywhere; }
h4 { font-size: 12px; font-weight: 500; color: var(--muted); margin: 0 0 4px; }
a { color: var(--live); overflow-wrap: anywhere; } p { margin: 4px 0 0; }
section, details { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 12px 16px; margin-top: 12px; }
summary { cursor: pointer; } .words { margin: 6px 0 10px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-size: 12px; color: var(--muted); padding-bottom: 2px; }
th, td { text-align: right; padding: 3px 0 3px 14px; border-top: 1px solid var(--line); vertical-align: top; }
thead th { color: var(--muted); font-weight: 500; font-size: 12px; border-top: 0; white-space: nowrap; }
tbody th { font-weight: 400; } .wide { overflow-wrap: anywhere; } th:first-child, td:first-child { text-align: left; padding-left: 0; }
.number, .score { white-space: nowrap; }
.muted { color: var(--muted); } .good { color: var(--good); } .warn { color: var(--warn); font-weight: 600; }
.bad { color: var(--bad); font-weight: 600; }
.key { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin: 0 4px 0 10px; }
.key.baseline { background: var(--baseline); } .key.live { background: var(--live); } .key:first-child { margin-left: 0; }
.pair { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 12px 32px; }
.shares tbody th { overflow-wrap: anywhere; } .shares .bars { width: 42%; min-width: 90px; vertical-align: middle; }
.shares .bar { display: block; height: 6px; border-radius: 1px; } .bar.baseline { background: var(--baseline); margin-bottom: 1px; }
.bar.live { background: var(--live); } .shares tr.changed th, .shares tr.changed td { font-weight: 600; }
.stack > * + * { margin-top: 12px; }
.plot { display: grid; grid-template-columns: auto 1fr; gap: 2px 6px; font-size: 11px; color: var(--muted); font-variant-numeric: tabular-nums; }
.plot .y { position: relative; width: 62px; } .plot .y span { position: absolute; right: 0; transform: translateY(-50%); white-space: nowrap; }
.plot svg { display: block; width: 100%; height: 110px; overflow: visible; } .plot .x { grid-column: 2; display: flex; justify-content: space-between; gap: 8px; }
svg .frame { stroke: var(--line); } svg .threshold { stroke: var(--bad); stroke-dasharray: 5 4; } svg .score { fill: none; stroke: var(--live); stroke-width: 2; }
svg * { vector-effect: non-scaling-stroke; }
@media (max-width: 900px) {
  .pair { grid-template-columns: minmax(0, 1fr); } .wide { display: none; } section, details { padding: 10px; }
  th, td { padding-left: 8px; }
  .overview, .overview caption, .overview tbody { display: block; } .overview thead { display: none; }
  .overview tr { display: grid; grid-template-columns: minmax(0, 1fr) auto; border-top: 1px solid var(--line); padding: 4px 0; }
  .overview th, .overview td { border: 0; padding: 1px 0; text-align: right; } .overview th, .overview .score { text-align: left; }
  .overview .wide { display: none; }
}
@media print { body { background: none; } details, section { break-inside: avoid; } }
`

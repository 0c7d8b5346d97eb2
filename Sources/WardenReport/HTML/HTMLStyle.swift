/// The style sheet of `HTMLReport`: one for screens wide and narrow, light and dark, and for paper.
///
/// Text and badges have a contrast of at least 4.5:1 against what is behind them (WCAG 2.2, 1.4.3).
let htmlStyle = """
    :root { --paper: #fff; --ink: #1d2129; --faint: #59606d; --line: #d5d9e0; --soft: #f3f5f8; --good: #14713a;
      --warning: #8a5200; --bad: #b3261e; --accent: #1f5fbf; }
    @media (prefers-color-scheme: dark) { :root { --paper: #16181d; --ink: #e7e9ee; --faint: #a3abb8; --line: #363b46;
      --soft: #20242c; --good: #63d18f; --warning: #f0b35a; --bad: #ff8a80; --accent: #8ab4f8; } }
    * { box-sizing: border-box; }
    body { margin: 0 auto; max-width: 68rem; padding: 1rem; background: var(--paper); color: var(--ink);
      font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
    h1, h2, h3 { line-height: 1.2; display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: baseline; }
    h2 { margin: 2.5rem 0 .75rem; border-bottom: 1px solid var(--line); padding-bottom: .25rem; }
    code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
    pre { background: var(--soft); padding: .5rem .75rem; white-space: pre-wrap; }
    .faint, footer { color: var(--faint); font-size: .9rem; }
    .verdict { padding: .1em .5em; border: 2px solid; border-radius: .3em; }
    .compliant, .repaired { color: var(--good); }
    .drift { color: var(--warning); }
    .partly-repaired, .failed { color: var(--bad); }
    .numbers { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1rem 0; }
    .numbers > div { background: var(--soft); padding: .5rem 1rem; border-radius: .4rem; display: flex;
      flex-direction: column-reverse; }
    .numbers dd { margin: 0; font-size: 1.5rem; font-weight: 600; }
    .numbers dt { color: var(--faint); }
    .finding { border-left: .3rem solid var(--line); padding: 0 0 0 1rem; margin: 1.25rem 0; }
    .finding.critical, .finding.high { border-color: var(--bad); }
    .finding.medium { border-color: var(--warning); }
    .finding.low { border-color: var(--accent); }
    .severity { font-size: .8rem; font-weight: 600; text-transform: uppercase; letter-spacing: .05em; }
    .critical .severity, .high .severity { color: var(--bad); }
    .medium .severity { color: var(--warning); }
    .low .severity { color: var(--accent); }
    .wide { overflow-x: auto; }
    table { border-collapse: collapse; width: 100%; margin: .75rem 0; font-size: .9rem; overflow-wrap: normal; }
    caption { text-align: left; font-weight: 600; padding: .25rem 0; }
    th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line);
      font-variant-numeric: tabular-nums; overflow-wrap: anywhere; min-width: 4rem; }
    th[scope="row"] { font-weight: 500; }
    .bars th[scope="row"] { width: 8rem; }
    .bars thead th, .bars thead td { padding: 0; border: 0; }
    .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
      white-space: nowrap; }
    .bars td.bar { width: 40%; vertical-align: middle; }
    .bar span { display: block; height: .8rem; border-radius: .2rem; background: var(--accent); min-width: 1px; }
    .bar span.bad { background: var(--bad); }
    .trend { margin: 1rem 0; }
    .trend svg { width: 100%; height: 9rem; border-bottom: 1px solid var(--line); }
    .trend polyline, .trend line { fill: none; stroke-width: 2; vector-effect: non-scaling-stroke; }
    .trend .left { stroke: var(--accent); }
    .trend .found { stroke: var(--faint); stroke-dasharray: 2 3; }
    .trend .limit { stroke: var(--bad); stroke-dasharray: 6 4; }
    .trend figcaption { color: var(--faint); font-size: .9rem; }
    summary { cursor: pointer; color: var(--accent); }
    footer { margin-top: 3rem; border-top: 1px solid var(--line); }
    footer dt { font-weight: 600; }
    footer dd { margin: 0 0 .5rem; }
    @media print { body { max-width: none; font-size: 10pt; } details > * { display: block; }
      details::details-content { content-visibility: visible; display: block; height: auto; }
      .finding, table, tr { break-inside: avoid; } .bar span { print-color-adjust: exact; } }

    """

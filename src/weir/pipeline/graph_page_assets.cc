#include "weir/pipeline/graph_page_assets.h"

namespace weir::pipeline {

const char* const kGraphPageStyle = R"css(
:root { color-scheme: light dark; --ground: #f6f7f9; --paper: #ffffff; --ink: #1b2430;
  --soft: #667386; --line: #d5dbe3; --edge: #a9b4c2; --accent: #2563c9; --done: #2e8b57;
  --failed: #c8372d; --skipped: #c98a12; --idle: #98a3b3; }
@media (prefers-color-scheme: dark) { :root { --ground: #12161c; --paper: #1b212a; --ink: #e4e9f0;
  --soft: #93a0b2; --line: #323b48; --edge: #56637a; --accent: #6ea4f5; --done: #54b982;
  --failed: #f0736a; --skipped: #e0ad4b; --idle: #6b778a; } }
* { box-sizing: border-box; }
body { margin: 0; height: 100vh; display: flex; flex-direction: column; background: var(--ground);
  color: var(--ink); font: 14px/1.45 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
header { padding: 12px 20px; background: var(--paper); border-bottom: 1px solid var(--line);
  display: flex; flex-wrap: wrap; gap: 4px 24px; align-items: baseline; }
h1 { font-size: 17px; margin: 0; }
header .facts { color: var(--soft); }
header .state { font-weight: 600; }
main { flex: 1; display: flex; min-height: 0; }
#picture { flex: 1; overflow: auto; padding: 24px; }
#picture svg { display: block; }
#picture.fitted svg { width: 100%; height: 100%; }
button { margin-left: auto; font: inherit; color: var(--ink); background: var(--ground);
  border: 1px solid var(--line); border-radius: 6px; padding: 2px 14px; cursor: pointer; }
button:hover { border-color: var(--accent); }
aside { width: 340px; overflow: auto; padding: 16px 20px; background: var(--paper);
  border-left: 1px solid var(--line); }
aside h2 { font-size: 15px; margin: 0 0 2px; overflow-wrap: anywhere; }
aside h3 { font-size: 12px; margin: 18px 0 6px; color: var(--soft); text-transform: uppercase;
  letter-spacing: .05em; }
aside p { margin: 2px 0; overflow-wrap: anywhere; }
aside .soft { color: var(--soft); }
table { border-collapse: collapse; width: 100%; }
td { padding: 3px 0; border-bottom: 1px solid var(--line); vertical-align: top;
  overflow-wrap: anywhere; }
td + td { text-align: right; color: var(--soft); padding-left: 12px; }
.box { fill: var(--paper); stroke: var(--line); }
.source .box { fill: none; stroke-dasharray: 4 3; stroke: var(--edge); }
.name { font-weight: 600; fill: var(--ink); font-size: 13px; }
.kind, .figures { fill: var(--soft); font-size: 11.5px; }
.edge { fill: none; stroke: var(--edge); stroke-width: 1.5; }
.node { cursor: pointer; outline: none; }
.node:hover .box, .node:focus .box, .chosen .box { stroke: var(--accent); stroke-width: 2; }
.faded .node:not(.near), .faded .edge:not(.near) { opacity: .25; }
.edge.near { stroke: var(--accent); stroke-width: 2; }
.COMPLETED { fill: var(--done); } .FAILED { fill: var(--failed); }
.SKIPPED, .STOPPED { fill: var(--skipped); } .IDLE, .NONE { fill: var(--idle); }
.text-COMPLETED { color: var(--done); } .text-FAILED { color: var(--failed); }
@media (max-width: 800px) { main { flex-direction: column; } aside { width: auto; max-height: 45%;
  border-left: 0; border-top: 1px solid var(--line); } }
)css";

const char* const kGraphPageScript = R"js(
const data = JSON.parse(document.getElementById('data').textContent);
const panel = document.getElementById('panel');
const svg = document.querySelector('#picture svg');
const nodes = [...svg.querySelectorAll('.node')];
const edges = [...svg.querySelectorAll('.edge')];
let chosen = null;

function element(tag, text, style) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (style) made.className = style;
  return made;
}
function table(rows) {
  const made = element('table');
  for (const row of rows) {
    const line = made.appendChild(element('tr'));
    for (const cell of row) line.appendChild(element('td', cell));
  }
  return made;
}
function section(title, ...content) {
  panel.append(element('h3', title), ...content);
}
function show(index) {
  const node = data[index];
  panel.replaceChildren(element('h2', node.name), element('p', node.kind, 'soft'));
  if (node.comment) panel.append(element('p', node.comment));
  for (const flow of node.flows || []) {
    section(flow.title, table(flow.figures));
    if (flow.message) panel.append(element('p', flow.message));
    if (flow.expectations.length) section('Expectations', table(flow.expectations));
  }
  if (node.columns) section('Columns', table(node.columns));
  if (node.defined) section('Defined in', element('p', node.defined));
}
// What leads there, and what it leads to, however far.
function near(index) {
  const found = new Set([index]);
  for (const [from, to] of [['from', 'to'], ['to', 'from']]) {
    const queue = [index];
    while (queue.length) {
      const at = queue.pop();
      for (const edge of edges) {
        if (+edge.dataset[from] !== at) continue;
        const next = +edge.dataset[to];
        edge.classList.add('near');
        if (!found.has(next)) queue.push(next);
        found.add(next);
      }
    }
  }
  for (const node of nodes) node.classList.toggle('near', found.has(+node.dataset.index));
}
function mark(index) {
  for (const part of [...nodes, ...edges]) part.classList.remove('near');
  svg.classList.toggle('faded', index !== null);
  if (index === null) return;
  near(index);
  show(index);
}
document.getElementById('fit').addEventListener('click', (event) => {
  const fitted = document.getElementById('picture').classList.toggle('fitted');
  event.target.textContent = fitted ? 'Full size' : 'Fit';
});
for (const node of nodes) {
  const index = +node.dataset.index;
  node.addEventListener('mouseenter', () => mark(index));
  node.addEventListener('mouseleave', () => mark(chosen));
  node.addEventListener('focus', () => mark(index));
  const choose = () => {
    chosen = chosen === index ? null : index;
    for (const other of nodes) other.classList.toggle('chosen', +other.dataset.index === chosen);
    mark(chosen);
  };
  node.addEventListener('click', choose);
  node.addEventListener('keydown', (event) => { if (event.key === 'Enter') choose(); });
}
)js";

}  // namespace weir::pipeline

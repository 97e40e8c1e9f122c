import Table from 'cli-table3';
import { plain } from './table.mjs';

/**
 * The functions where a CPU profile spent its time, by self time.
 * @param {{ nodes: any[], samples: number[], timeDeltas: number[] }} profile as the DevTools protocol gives it
 * @param {number} count how many rows
 * @returns {string}
 */
export function renderProfile(profile, count) {
  const { rows, all } = attribute(profile);
  const table = new Table({
    head: ['self', 'total', 'function', 'where'],
    colAligns: ['right', 'right', 'left', 'left'],
    style: plain,
  });
  const share = (time) => `${((100 * time) / all).toFixed(1)}%`;
  for (const row of rows.sort((a, b) => b.self - a.self).slice(0, count)) {
    table.push([share(row.self), share(row.total), row.name, row.where]);
  }
  return table.toString();
}

function attribute(profile) {
  const nodes = new Map(profile.nodes.map((node) => [node.id, { node, parent: undefined }]));
  for (const { node } of nodes.values()) {
    for (const child of node.children ?? []) nodes.get(child).parent = node.id;
  }
  const rows = new Map();
  const rowOf = ({ callFrame }) => {
    const where = callFrame.url ? `${shortened(callFrame.url)}:${callFrame.lineNumber + 1}` : '';
    const name = callFrame.functionName || '(anonymous)';
    const key = `${name} ${where}`;
    if (!rows.has(key)) rows.set(key, { name, where, self: 0, total: 0 });
    return rows.get(key);
  };
  let all = 0;
  profile.samples.forEach((id, i) => {
    const time = profile.timeDeltas[i + 1] ?? 0;
    const { node } = nodes.get(id);
    if (node.callFrame.functionName === '(idle)') return;
    all += time;
    rowOf(node).self += time;
    // A function that is on the stack several times counts once.
    const onStack = new Set();
    for (let at = id; at !== undefined; at = nodes.get(at).parent) onStack.add(rowOf(nodes.get(at).node));
    for (const row of onStack) row.total += time;
  });
  return { rows: [...rows.values()], all };
}

const shortened = (url) =>
  url
    .replace(/^file:\/\//, '')
    .split('/')
    .slice(-3)
    .join('/');

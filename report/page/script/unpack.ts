/** Part of the page's script: helpers, and the data of the page unpacked. */
export const UNPACK = String.raw`
const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId("report-data").textContent);
const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
const element = (name, className, ...children) => {
  const node = document.createElement(name);
  if (className) node.className = className;
  node.append(...children);
  return node;
};
const link = (address, text, ...more) => {
  const node = element("a", "", text, ...more);
  node.setAttribute("href", "#" + address);
  return node;
};
const pause = () => new Promise((go) => setTimeout(go));
// Nothing is unpacked before the page is painted; a page in the background is never painted.
const painted = () => new Promise((go) => {
  window.requestAnimationFrame(() => setTimeout(go));
  setTimeout(go, 500);
});

async function unpack(id) {
  const text = atob(byId(id).textContent);
  const bytes = new Uint8Array(text.length);
  for (let n = 0; n < text.length; n += 1) bytes[n] = text.charCodeAt(n);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// Accounts and units, and the words that cells may be.
let lines;
// What each row says, a column a name; names of users apart. See report/page/blocks.ts.
const packed = {};
const columnNames = ["origin", "bits", "states", ...data.packed];
for (const name of columnNames) packed[name] = new Int32Array(data.rows);
const names = [];

// Calls back after each block, and lets the page answer in between.
async function load(loaded) {
  const decoder = new TextDecoder();
  lines = JSON.parse(decoder.decode(await unpack("lines")));
  for (let block = 0; block < data.blocks; block += 1) {
    const bytes = await unpack("rows-" + block);
    const from = block * data.blockRows;
    const count = Math.min(data.blockRows, data.rows - from);
    columnNames.forEach((name, n) => packed[name].set(new Int32Array(bytes.buffer, n * count * 4, count), from));
    for (const name of decoder.decode(bytes.subarray(columnNames.length * count * 4)).split("\n")) names.push(name);
    loaded();
    await pause();
  }
}
`;

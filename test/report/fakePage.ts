import { runInNewContext } from "node:vm";

/** Just enough of a browser to run the page's script: elements with ids, text, attributes and listeners. */
export class FakeElement {
  className = "";
  hidden = false;
  disabled = false;
  value = "";
  private readonly attributes = new Map<string, string>();
  private readonly listeners = new Map<string, (() => void)[]>();
  private children: (FakeElement | string)[] = [];
  constructor(readonly name: string) {}

  get textContent(): string {
    return this.children.map((child) => (typeof child === "string" ? child : child.textContent)).join("");
  }
  set textContent(text: string) {
    this.children = [text];
  }
  get html(): string {
    const name = this.className ? ` class="${this.className}"` : "";
    const rest = [...this.attributes].map(([key, value]) => ` ${key}="${escapeText(value)}"`).join("");
    // The order of report/page/table.ts: scope before class.
    const open = this.name === "th" ? `${rest}${name}` : `${name}${rest}`;
    return `<${this.name}${open}>${this.inner}</${this.name}>`;
  }
  get inner(): string {
    return this.children.map((child) => (typeof child === "string" ? escapeText(child) : child.html)).join("");
  }
  get rows(): FakeElement[] {
    return this.children.filter((child) => typeof child !== "string");
  }
  append(...children: unknown[]): void {
    this.children.push(...children.map((child) => (child instanceof FakeElement ? child : String(child))));
  }
  replaceChildren(...children: FakeElement[]): void {
    this.children = children;
  }
  setAttribute(name: string, value: string): void {
    this.attributes.set(name, value);
  }
  getAttribute(name: string): string | undefined {
    return this.attributes.get(name);
  }
  addEventListener(type: string, listener: () => void): void {
    this.listeners.set(type, [...(this.listeners.get(type) ?? []), listener]);
  }
  emit(type: string): void {
    for (const listener of this.listeners.get(type) ?? []) listener();
  }
  scrollIntoView(): void {}
  focus(): void {}
}

function escapeText(text: string): string {
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[&<>"']/g, (char) => entities[char] ?? char);
}

/** A page whose script has run. */
export interface FakePage {
  element(id: string): FakeElement;
  window: FakeElement;
  location: { hash: string };
}

/** Runs the script of a rendered report in a fake page, as if opened at `hash`, until its tables work or it says why not. */
export async function openPage(html: string, hash = "", missing: readonly string[] = []): Promise<FakePage> {
  const elements = new Map<string, FakeElement>();
  for (const [, id] of html.matchAll(/\sid="([^"]+)"/g)) elements.set(id!, new FakeElement("div"));
  const element = (id: string) => {
    const found = elements.get(id);
    if (found === undefined) throw new Error(`the page has no element ${id}`);
    return found;
  };
  for (const [, id, text] of html.matchAll(/<script type="[^"]+" id="([^"]+)">(.*?)<\/script>/gs)) {
    element(id!).textContent = text!;
  }
  const window = Object.assign(new FakeElement("window"), { requestAnimationFrame: (paint: () => void) => paint() });
  const location = { hash };
  const context: Record<string, unknown> = {
    document: {
      getElementById: element,
      createElement: (name: string) => new FakeElement(name),
      querySelectorAll: () => [],
      addEventListener: () => undefined,
    },
    history: { replaceState: (_state: null, _title: string, address: string) => (location.hash = address) },
    ...{ atob, Blob, DecompressionStream, Response, TextDecoder, URLSearchParams, setTimeout, window, location },
  };
  for (const name of missing) delete context[name];
  runInNewContext(/<script>(.*?)<\/script>/s.exec(html)?.[1] ?? "", context);
  const users = element("users");
  while (users.getAttribute("aria-busy") !== "false") await new Promise((turn) => setImmediate(turn));
  return { element, window, location };
}

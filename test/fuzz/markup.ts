import { parse, type DefaultTreeAdapterTypes } from "parse5";

type Node = DefaultTreeAdapterTypes.ChildNode;

/** What of markup a name must never become. */
const FORBIDDEN = new Set([
  "img",
  "iframe",
  "object",
  "embed",
  "base",
  "form",
  "link",
  "template",
  "math",
  "frame",
  "audio",
  "video",
]);

/** An element with its text. */
export interface FoundElement {
  name: string;
  attributes: Record<string, string>;
  text: string;
}

/**
 * The elements of a page as a browser would make them of it.
 *
 * @throws where one of them loads, sends or runs something, or leads out of the page.
 */
export function elementsOf(html: string): FoundElement[] {
  const found: FoundElement[] = [];
  const visit = (node: Node): string => {
    if (node.nodeName === "#text") return (node as DefaultTreeAdapterTypes.TextNode).value;
    if (node.nodeName === "#comment") throw new Error("the page has a comment");
    if (!("childNodes" in node)) return "";
    const text = node.childNodes.map(visit).join("");
    const attributes = Object.fromEntries("attrs" in node ? node.attrs.map(({ name, value }) => [name, value]) : []);
    found.push({ name: node.nodeName, attributes, text });
    return text;
  };
  for (const node of parse(html).childNodes) visit(node);
  for (const { name, attributes } of found) {
    const loads = Object.entries(attributes).find(
      ([attribute, value]) =>
        /^(on|src|srcset|srcdoc|style|action|formaction|background|ping|xlink:href)/.test(attribute) ||
        (attribute === "href" && !value.startsWith("#")),
    );
    if (FORBIDDEN.has(name) || loads) throw new Error(`<${name}> with ${JSON.stringify(attributes).slice(0, 200)}`);
  }
  return found;
}

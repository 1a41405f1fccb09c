import { expect } from "chai";
import { isLiving, Screen } from "../../../rollout/progress/screen";
import { FakeTerminal } from "../../support/fakeTerminal";

describe("a living block on a terminal", () => {
  it("is drawn over, with lines that stay above it, and is gone at the end with the cursor back", () => {
    const terminal = new FakeTerminal(40, 10);
    const screen = new Screen(terminal);
    screen.draw(["one", "two", "three"]);
    expect(terminal.text).to.equal("one\ntwo\nthree");
    expect(terminal.cursorShown).to.equal(false);
    screen.draw(["1"], ["[1/2] security", "      a detail"]);
    expect(terminal.text).to.equal("[1/2] security\n      a detail\n1");
    screen.draw(["2", "2b"], ["[2/2] logarchive"]);
    screen.close();
    expect(terminal.text).to.equal("[1/2] security\n      a detail\n[2/2] logarchive");
    expect(terminal.cursorShown).to.equal(true);
  });

  it("writes each change at once, and nothing where nothing changed", () => {
    const writes: string[] = [];
    const screen = new Screen({ write: (text) => writes.push(text), isTTY: true, columns: 40, rows: 10 });
    screen.draw(["one", "two"]);
    screen.draw(["one", "two"]);
    screen.draw(["one", "three"]);
    expect(writes).to.have.length(2);
    screen.close();
  });

  it("keeps what scrolls away right, however many lines come", () => {
    const terminal = new FakeTerminal(40, 5);
    const screen = new Screen(terminal);
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`);
    for (const line of lines) screen.draw(["a", "b", "c"], [line]);
    screen.close();
    expect(terminal.text).to.equal(lines.join("\n"));
  });

  it("lets long lines that stay break, and finds its block again", () => {
    const terminal = new FakeTerminal(10, 10);
    const screen = new Screen(terminal);
    screen.draw(["block"]);
    screen.draw(["block"], ["0123456789abcdef"]);
    screen.draw(["again"], ["last"]);
    screen.close();
    expect(terminal.text).to.equal("0123456789\nabcdef\nlast");
  });

  it("keeps to the room that the terminal has now", () => {
    const terminal = new FakeTerminal(40, 10);
    const screen = new Screen(terminal);
    expect(screen.room).to.deep.equal({ columns: 39, rows: 9 });
    terminal.columns = 20;
    terminal.rows = 5;
    expect(screen.room).to.deep.equal({ columns: 19, rows: 4 });
  });

  it("gives the cursor back when the process ends in between", () => {
    const terminal = new FakeTerminal(40, 10);
    const before = process.listeners("exit");
    const screen = new Screen(terminal);
    screen.draw(["block"]);
    const [added] = process.listeners("exit").filter((listener) => !before.includes(listener));
    added?.(130);
    expect(terminal.cursorShown).to.equal(true);
    screen.close();
    expect(process.listeners("exit")).to.have.length(before.length);
  });

  it("lives on terminals that understand it only, and in no log of a pipeline", () => {
    const terminal = new FakeTerminal(40, 10);
    expect(isLiving(terminal, {})).to.equal(true);
    expect(isLiving(terminal, { TERM: "dumb" })).to.equal(false);
    expect(isLiving(terminal, { CI: "true" })).to.equal(false);
    expect(isLiving({ write: () => true }, {})).to.equal(false);
  });
});

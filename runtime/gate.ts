/** Lets a limited number of tasks work at the same time, in the order in which they came. */
export class Gate {
  private free: number;
  private readonly queue: (() => void)[] = [];

  /** @param places Tasks that may work at the same time, at least 1. */
  constructor(places: number) {
    this.free = Math.max(1, Math.floor(places));
  }

  /** Runs `work` as soon as a place is free and gives the place back afterwards, whatever happens. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.enter();
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  private async enter(): Promise<void> {
    if (this.free > 0) {
      this.free -= 1;
      return;
    }
    await new Promise<void>((resolve) => this.queue.push(resolve));
  }

  private leave(): void {
    const next = this.queue.shift();
    if (next) next();
    else this.free += 1;
  }
}

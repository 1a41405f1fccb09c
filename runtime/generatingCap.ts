/** Answers after which the cap is looked at again: enough to tell a limit from bad luck. */
const ROUND = 20;
/** A service that refuses a larger share of a round is at its limit; below it, refusals are waited out one by one. */
const REFUSED_SHARE = 0.25;
/** Growth of the cap after a round with few refusals. */
const GROWTH = 1.5;

/**
 * How many reports may be in generation at the same time. AWS does not publish its limit, so the run finds it: when many
 * requests of a round are refused, the cap falls to what AWS is in fact generating, and it grows again while requests are
 * accepted. Halving at each refusal, as networks do, would bring a run to a crawl where one request in twenty is refused.
 *
 * A place is entered before a report is asked for, and left when the report is ready, refused or given up.
 */
export class GeneratingCap {
  private readonly most: number;
  private cap: number;
  private inside = 0;
  private generating = 0;
  private answers = 0;
  private refusals = 0;
  private readonly queue: (() => void)[] = [];

  /** @param most Never more than this, at least 1. */
  constructor(most: number) {
    this.most = Math.max(1, Math.floor(most));
    this.cap = this.most;
  }

  /** Reports that AWS is generating for this run now. */
  get inGeneration(): number {
    return this.generating;
  }

  /** How many may be now. */
  get limit(): number {
    return this.cap;
  }

  /** Waits for a place, in the order of arrival. */
  async enter(): Promise<Place> {
    if (this.inside < this.cap && this.queue.length === 0) this.inside += 1;
    else await new Promise<void>((resolve) => this.queue.push(resolve));
    return new Place(this);
  }

  /** @internal A report was accepted for generation. */
  accept(): void {
    this.generating += 1;
    this.answered();
  }

  /** @internal The service has no room. */
  refuse(): void {
    this.refusals += 1;
    this.answered();
  }

  /** @internal */
  leave(wasGenerating: boolean): void {
    if (wasGenerating) this.generating -= 1;
    this.inside -= 1;
    this.admit();
  }

  private answered(): void {
    this.answers += 1;
    if (this.answers < ROUND) return;
    this.cap =
      this.refusals / this.answers > REFUSED_SHARE
        ? Math.max(1, Math.min(this.cap, this.generating))
        : Math.min(this.most, Math.ceil(this.cap * GROWTH));
    this.answers = 0;
    this.refusals = 0;
    this.admit();
  }

  private admit(): void {
    while (this.inside < this.cap) {
      const next = this.queue.shift();
      if (!next) return;
      this.inside += 1;
      next();
    }
  }
}

/** One report's place under the cap. */
export class Place {
  private state: "asking" | "generating" | "left" = "asking";

  constructor(private readonly cap: GeneratingCap) {}

  /** AWS is making the report; said more than once, it counts once. */
  accepted(): void {
    if (this.state !== "asking") return;
    this.state = "generating";
    this.cap.accept();
  }

  /** AWS has no room for the report: gives the place up. */
  refused(): void {
    this.leave();
    this.cap.refuse();
  }

  /** Gives the place up; may be called again. */
  leave(): void {
    if (this.state === "left") return;
    const wasGenerating = this.state === "generating";
    this.state = "left";
    this.cap.leave(wasGenerating);
  }
}

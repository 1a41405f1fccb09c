import { LivingLine } from "./livingLine";
import type { ProgressOutput } from "./progress";

/** What has been read so far. */
export interface VerifyCounts {
  manifests: number;
  objects: number;
  bytes: number;
}

/** Shows how far a verification is. */
export class VerifyProgress {
  private counts: VerifyCounts = { manifests: 0, objects: 0, bytes: 0 };
  private readonly living: LivingLine;

  constructor(output?: ProgressOutput) {
    this.living = new LivingLine(() => this.text(), output);
  }

  update(counts: VerifyCounts): void {
    this.counts = { ...counts };
  }

  /** Takes the living line away. */
  close(): void {
    this.living.close();
  }

  private text(): string {
    const { manifests, objects, bytes } = this.counts;
    return `${manifests} manifests · ${objects} objects · ${(bytes / 1024 / 1024).toFixed(1)} MiB`;
  }
}

import { Injectable } from '@nestjs/common';
import type { Client } from './client.js';

/** Clients remembered: keys are few, but the holders of tokens may be many. */
const MOST = 1_000;

export interface LastUse {
  readonly tenant: string;
  readonly client: string;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** When each key was last used: whoever rotates keys wants to know that the old one is idle. */
@Injectable()
export class KeyUse {
  private readonly byClient = new Map<string, LastUse>();

  note({ tenant, id }: Client, time: number = Date.now()): void {
    const key = `${tenant} ${id}`;
    if (!this.byClient.has(key) && this.byClient.size >= MOST) return;
    this.byClient.set(key, { tenant, client: id, time });
  }

  all(): readonly LastUse[] {
    return [...this.byClient.values()];
  }
}

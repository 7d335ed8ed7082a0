import type { BulkOperation, RejectedOperation } from './message.js';

/** The ids of what a bulk request has created so far, by bulkId and by index of the operation. */
export class CreatedIds {
  readonly byBulkId = new Map<string, string>();
  private readonly indexes = new Set<number>();

  add(operation: BulkOperation, id: string): void {
    this.indexes.add(operation.index);
    if (operation.bulkId !== undefined) this.byBulkId.set(operation.bulkId, id);
  }

  delete(operation: BulkOperation): void {
    this.indexes.delete(operation.index);
    if (operation.bulkId !== undefined) this.byBulkId.delete(operation.bulkId);
  }

  /** The operations needed that have not created anything, because they failed. */
  missing(needs: readonly number[]): readonly number[] {
    return needs.filter((index) => !this.indexes.has(index));
  }

  /** The id that the path of an operation names; undefined for an endpoint, or what is not created. */
  targetOf({ target }: BulkOperation | RejectedOperation): string | undefined {
    switch (target?.kind) {
      case 'resource':
        return target.id;
      case 'created':
        return this.byBulkId.get(target.bulkId);
      case 'endpoint':
      case undefined:
        return undefined;
    }
  }
}

import { join } from 'node:path';
import type { Backend, WriteContext } from '#backend';
import { FileConnector } from '#backend-file';
import { backendConformance } from '#backend-testkit';
import type { ResourceType } from '#scim';
import { JournaledBackend } from '../src/journal/journaled.backend.js';
import { registry, temporaryFolder } from '../src/testing/fixture.js';

let folder: { path: string; remove(): Promise<void> };

/** Every write is recorded, as it is when there is a broker. */
class RecordingBackend extends JournaledBackend {
  override store(type: ResourceType) {
    const store = super.store(type);
    const recording = (context: WriteContext): WriteContext => ({
      ...context,
      record: ({ operation, stored }) => ({ operation, type: type.name, id: stored.id }),
    });
    const { put, delete: remove, applyDelta } = store;
    return Object.assign(Object.create(store), {
      put: (draft: Parameters<typeof put>[0], context: WriteContext) =>
        store.put(draft, recording(context)),
      delete: (id: string, context: WriteContext) => remove.call(store, id, recording(context)),
      ...(applyDelta === undefined
        ? {}
        : {
            applyDelta: (id: string, deltas: never, context: WriteContext) =>
              applyDelta.call(store, id, deltas, recording(context)),
          }),
    });
  }
}

async function opened(types: readonly ResourceType[]): Promise<Backend> {
  const dataPath = join(folder.path, 'data');
  const files = await new FileConnector({ dataPath }).open(types);
  return RecordingBackend.around(files, { registry, folder: join(dataPath, '.scim', 'events') });
}

backendConformance('flat files with a journal', {
  open: async (types) => {
    folder = await temporaryFolder();
    return opened(types);
  },
  reopen: opened,
  remove: () => folder.remove(),
});

import { MemoryBackend } from '#backend';
import { backendConformance } from '#backend-testkit';

backendConformance('the in-memory backend', {
  open: async (types) => {
    const backend = new MemoryBackend();
    await backend.open(types);
    return backend;
  },
});

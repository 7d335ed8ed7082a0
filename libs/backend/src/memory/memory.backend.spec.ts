import { MemoryBackend } from '#backend';
import { backendConformance } from '#backend-testkit';

backendConformance('the in-memory backend', {
  open: async (types) => new MemoryBackend(types),
});

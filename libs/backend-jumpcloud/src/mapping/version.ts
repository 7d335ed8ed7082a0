import { contentVersion, type Draft, type Stored } from '#backend';

/** The resource with the version of its content. */
export function versioned(resource: Draft): Stored {
  const meta = { ...resource.meta, version: contentVersion(resource) };
  return { ...resource, meta } as Stored;
}

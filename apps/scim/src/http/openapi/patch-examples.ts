import { type Json, type JsonObject, MessageUrn, type ResourceType } from '#scim';
import { type Examples, exampleId, resourceExample } from './examples.js';

/** Changes that succeed on the example of the type, by what its schema has. */
export function patchExamples(type: ResourceType): Examples {
  return Object.fromEntries(
    changes(type).map(([summary, operation], index) => [
      `change${index + 1}`,
      { summary, value: { schemas: [MessageUrn.PatchOp], Operations: [operation] } },
    ]),
  );
}

type Change = readonly [summary: string, operation: JsonObject];

function changes(type: ResourceType): readonly Change[] {
  const { display } = type;
  const relations = type.relations.flatMap(({ attribute: { path }, types: [target] }): Change[] => {
    if (target === undefined) return [];
    const id = exampleId(target);
    return [
      [`Add to ${path}`, { op: 'add', path, value: [{ value: id }] }],
      [`Remove from ${path}`, { op: 'remove', path: `${path}[value eq "${id}"]` }],
    ];
  });
  const flags = [...type.attributes.values()]
    .filter(({ type: kind, mutability }) => kind === 'boolean' && mutability === 'readWrite')
    .flatMap(({ path }): Change[] => [
      [`Set ${path} to false`, { op: 'replace', path, value: false }],
      [`Set ${path} to true`, { op: 'replace', path, value: true }],
    ]);
  const name = display === undefined ? undefined : newName(resourceExample(type)[display.name]);
  const names: Change[] =
    display === undefined || name === undefined
      ? []
      : [[`Change ${display.path}`, { op: 'replace', path: display.path, value: name }]];
  const found = [...relations, ...flags, ...names];
  return found.length > 0
    ? found
    : [['Change externalId', { op: 'replace', path: 'externalId', value: 'example-1' }]];
}

function newName(name: Json | undefined): string | undefined {
  return typeof name === 'string' ? `${name} of Amsterdam` : undefined;
}

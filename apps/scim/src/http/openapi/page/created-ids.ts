import type { SwaggerUiPlugin } from './swagger-ui.js';

/**
 * Puts the id of what was just created where it is needed next: into the paths of its type, and into
 * the examples that refer to one. The document's own example id of the type marks these places.
 *
 * Sent to the browser as its source text, so it refers to nothing outside.
 */
export function createdIdsPlugin(): SwaggerUiPlugin {
  interface Parameter {
    readonly name: string;
    readonly schema?: { readonly example?: string };
  }
  interface Document {
    readonly paths: Readonly<
      Record<string, Readonly<Record<string, { readonly parameters?: readonly Parameter[] }>>>
    >;
  }
  return {
    statePlugins: {
      spec: {
        wrapActions: {
          setResponse:
            (original, { specSelectors, specActions }) =>
            (...parameters) => {
              const result = original(...parameters);
              const [path, method, response] = parameters as [
                string,
                string,
                { readonly status?: number; readonly text?: string },
              ];
              if (method.toLowerCase() !== 'post' || response.status !== 201) return result;
              const { id } = JSON.parse(response.text ?? '{}') as { readonly id?: string };
              const document = specSelectors.specJson().toJS() as Document;
              const { parameters: ofOne = [] } = document.paths[`${path}/{id}`]?.get ?? {};
              const example = ofOne.find(({ name }) => name === 'id')?.schema?.example;
              if (id === undefined || example === undefined) return result;
              const text = JSON.stringify(document).replaceAll(example, id);
              specActions.updateJsonSpec(JSON.parse(text));
              return result;
            },
        },
      },
    },
  };
}

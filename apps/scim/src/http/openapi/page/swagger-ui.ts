/** As much of Swagger UI as our plugins touch. They run in the browser. */

type Component = (props: Readonly<Record<string, unknown>>) => unknown;
type Action = (...parameters: readonly unknown[]) => unknown;

/** A value of Immutable.js. */
export interface Immutable {
  get(name: string): unknown;
  update(name: string, change: (value: Immutable) => Immutable): Immutable;
  map(change: (value: unknown, name: string) => unknown): Immutable;
  toJS(): unknown;
}

export interface SwaggerUi {
  readonly React: {
    createElement(type: unknown, props: object | null, ...children: readonly unknown[]): unknown;
    useState<T>(first: T): readonly [T, (next: T) => void];
  };
  /** What can be changed as well as read. */
  getConfigs(): { persistAuthorization?: boolean };
  readonly authActions: { persistAuthorizationIfNeeded(): void };
  readonly specSelectors: { specJson(): Immutable };
  readonly specActions: { updateJsonSpec(document: unknown): void };
}

export interface SwaggerUiPlugin {
  readonly wrapComponents?: Readonly<
    Record<string, (original: Component, system: SwaggerUi) => Component>
  >;
  readonly statePlugins?: Readonly<
    Record<
      string,
      {
        readonly wrapActions: Readonly<
          Record<string, (original: Action, system: SwaggerUi) => Action>
        >;
      }
    >
  >;
}

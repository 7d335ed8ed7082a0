import type { Immutable, SwaggerUiPlugin } from './swagger-ui.js';

declare const localStorage: {
  getItem(name: string): string | null;
  removeItem(name: string): void;
};

/**
 * Keeps the key to whoever typed it: masked where it is entered and in the command that is shown, and
 * forgotten with the page unless asked to keep it.
 *
 * Sent to the browser as its source text, so it refers to nothing outside.
 */
export function keyPlugin(): SwaggerUiPlugin {
  /** Where Swagger UI keeps keys; that there are some is what says that they may be kept. */
  const KEPT = 'authorized';
  return {
    wrapComponents: {
      Input:
        (original, { React }) =>
        (props) => {
          const isKey = props.id === 'auth-bearer-value' || props.id === 'api_key_value';
          const masked = isKey ? { type: 'password', autoComplete: 'off' } : {};
          return React.createElement(original, { ...props, ...masked });
        },
      curl:
        (original, { React }) =>
        (props) => {
          const request = (props.request as Immutable).update('headers', (headers) =>
            headers.map((value, name) =>
              /^(authorization|x-api-key)$/i.test(name)
                ? String(value).replace(/\S+$/, '<key>')
                : value,
            ),
          );
          return React.createElement(original, { ...props, request });
        },
      auths:
        (original, { React, getConfigs, authActions }) =>
        (props) => {
          const [isKept, keep] = React.useState(getConfigs().persistAuthorization === true);
          const onChange = () => {
            keep(!isKept);
            getConfigs().persistAuthorization = !isKept;
            if (isKept) localStorage.removeItem(KEPT);
            else authActions.persistAuthorizationIfNeeded();
          };
          const box = React.createElement('input', { type: 'checkbox', checked: isKept, onChange });
          const label = React.createElement('label', null, box, ' Keep the key in this browser');
          const isLast = (props.definitions as Immutable).get('x-api-key') !== undefined;
          const form = React.createElement(original, props);
          return React.createElement('div', null, form, isLast ? label : null);
        },
    },
    statePlugins: {
      configs: {
        wrapActions: {
          loaded:
            (original, { getConfigs }) =>
            () => {
              getConfigs().persistAuthorization = localStorage.getItem(KEPT) !== null;
              return original();
            },
        },
      },
    },
  };
}

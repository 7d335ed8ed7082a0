/**
 * The one direction of dependencies (docs/adr/0001): apps → backends, events → backend → scim;
 * durable stands beside them and knows none.
 * Test code may look anywhere downwards.
 */
const TESTS = '\\.spec\\.ts$|^libs/backend-testkit/|^libs/[^/]+/test/|/testing/';

module.exports = {
  forbidden: [
    {
      name: 'scim-is-pure',
      comment: 'The protocol engine knows neither Nest, nor a backend, nor any I/O.',
      severity: 'error',
      from: { path: '^libs/scim/', pathNot: TESTS },
      to: {
        path: '^(apps|libs/(?!scim/))|^node_modules/|^(node:)?(fs|net|http|https|path|child_process)',
      },
    },
    {
      name: 'backend-knows-scim-only',
      severity: 'error',
      from: { path: '^libs/backend/', pathNot: TESTS },
      to: { path: '^(apps|libs/(?!backend/|scim/))' },
    },
    {
      name: 'durable-knows-nobody',
      comment: 'Locks, fsync and queues know neither resources nor backends.',
      severity: 'error',
      from: { path: '^libs/durable/' },
      to: { path: '^(apps|libs/(?!durable/))' },
    },
    {
      name: 'no-backend-imports-another',
      comment:
        'A backend library knows the contract and the protocol engine, nothing else of ours.',
      severity: 'error',
      from: { path: '^libs/(backend-[^/]+|events)/', pathNot: TESTS },
      to: { path: '^(apps|libs/(backend-[^/]+|events)/)', pathNot: '^libs/$1/' },
    },
    {
      name: 'upstream-http-knows-nobody',
      comment: 'A client of HTTP, whatever the other side is.',
      severity: 'error',
      from: { path: '^libs/upstream-http/', pathNot: TESTS },
      to: { path: '^(apps|libs/(?!upstream-http/))' },
    },
    {
      name: 'scimctl-shares-configuration-and-composition',
      comment:
        'An app does not look into another; docs/adr/0017 says why these two folders are shared.',
      severity: 'error',
      from: { path: '^apps/scimctl/', pathNot: TESTS },
      to: { path: '^apps/(?!scimctl/)', pathNot: '^apps/scim/src/(config|composition)/' },
    },
    {
      name: 'scim-knows-no-other-app',
      severity: 'error',
      from: { path: '^apps/scim/' },
      to: { path: '^apps/(?!scim/)' },
    },
    {
      name: 'no-express-in-libs',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^node_modules/(express|@nestjs/platform-express)/' },
    },
    {
      name: 'only-a-store-names-its-backend',
      comment: 'A store is one file in config/stores, which loads its library when it is chosen.',
      severity: 'error',
      from: { path: '^apps/', pathNot: '/config/stores/|\\.spec\\.ts$' },
      to: { path: '^libs/backend-' },
    },
    {
      name: 'backends-are-loaded-lazily',
      severity: 'error',
      from: { path: '^apps/.*/config/stores/' },
      to: {
        path: '^libs/backend-',
        dependencyTypesNot: ['dynamic-import', 'type-only'],
        dynamic: false,
      },
    },
    {
      name: 'libraries-by-name',
      comment: 'A library is entered through its index, by its name in package.json imports.',
      severity: 'error',
      from: { path: '^(apps|libs|test|bench)/([^/]+)/' },
      to: {
        path: '^libs/([^/]+)/src/(?!index\\.ts$|testing/)',
        pathNot: ['^$1/$2/'],
      },
    },
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      from: { pathNot: `${TESTS}|^test/|^bench/` },
      to: { path: TESTS },
    },
    {
      name: 'configuration-is-read-without-nest',
      comment: 'config/ reads the environment; composition/ makes the service of it.',
      severity: 'error',
      from: { path: '/src/config/', pathNot: TESTS },
      to: { path: '/src/(?!config/)[^/]+/', pathNot: '^libs/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-dev-dependency-at-run-time',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: TESTS },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: 'specify',
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
};

// Few rules, all on, each one a policy of docs/architecture.md rather than a matter of taste.
import importSort from 'eslint-plugin-simple-import-sort'
import tseslint from 'typescript-eslint'

const GENERAL_SYNTAX = [
  { selector: 'ExportAllDeclaration', message: 'Name what you export; `export *` hides it.' },
  { selector: 'ExportDefaultDeclaration', message: 'Use a named export.' },
  { selector: 'TSEnumDeclaration', message: 'Use a union of literals.' },
]

const OWN_TIMERS =
  'A delay that is not a constant goes through src/lib/timers.ts: Node.js makes 1 ms of 25 days.'
const NOT_CONSTANT = ':not([type="Literal"]):not([name=/^[A-Z_]+$/])'
const UNBOUNDED_TIMERS = [
  {
    selector: `CallExpression[callee.name=/^set(Timeout|Interval)$/] > .arguments:nth-child(2)${NOT_CONSTANT}`,
  },
  { selector: `CallExpression[callee.object.name="AbortSignal"] > .arguments:nth-child(1)${NOT_CONSTANT}` },
].map(({ selector }) => ({ selector, message: OWN_TIMERS }))

const forbidden = (object, property, message) => ({ object, property, message })

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'coverage', '**/*.mjs', '**/*.js', '**/*.cjs'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.base],
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { 'import-sort': importSort },
    rules: {
      // One block: what Node.js brings, packages, other folders, this folder.
      'import-sort/imports': ['error', { groups: [['^node:', '^@?\\w', '^\\.\\./', '^\\./']] }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { boolean: true } }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      eqeqeq: 'error',
      'prefer-const': 'error',
      'no-restricted-syntax': ['error', ...GENERAL_SYNTAX],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-console': 'error',
      'no-restricted-syntax': ['error', ...GENERAL_SYNTAX, ...UNBOUNDED_TIMERS],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'no-restricted-properties': [
        'error',
        forbidden('Date', 'now', 'Take a Clock (src/lib/clock.ts) as a parameter.'),
        forbidden('performance', 'now', 'Take a Clock (src/lib/clock.ts) as a parameter.'),
        forbidden('Math', 'random', 'Take a random source as a parameter.'),
        forbidden('process', 'env', 'Only src/config reads the environment.'),
      ],
    },
  },
  { files: ['src/lib/timers.ts'], rules: { 'no-restricted-syntax': ['error', ...GENERAL_SYNTAX] } },
  { files: ['src/lib/clock.ts', 'src/config/**/*.ts'], rules: { 'no-restricted-properties': 'off' } },
  { files: ['src/cli/print.ts'], rules: { 'no-console': 'off' } },
  // Tools that are told by a default export.
  { files: ['*.config.ts'], rules: { 'no-restricted-syntax': 'off' } },
)

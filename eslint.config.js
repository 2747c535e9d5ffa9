import rxjsX from 'eslint-plugin-rxjs-x';
import tseslint from 'typescript-eslint';

/** ESLint knows the RxJS rules only; everything else is oxlint's. */
export default tseslint.config(
  { linterOptions: { reportUnusedDisableDirectives: 'off' } },
  {
    files: ['**/*.ts'],
    languageOptions: { parser: tseslint.parser, parserOptions: { projectService: true } },
    extends: [rxjsX.configs.recommended],
    rules: {
      'rxjs-x/no-ignored-error': 'off',
      'rxjs-x/no-nested-subscribe': 'error',
      'rxjs-x/no-exposed-subjects': 'error',
      'rxjs-x/no-unsafe-takeuntil': 'error',
      'rxjs-x/no-unsafe-subject-next': 'error',
    },
  },
);

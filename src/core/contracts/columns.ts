/** Numbers of a column, row by row. */
export type ColumnNumbers = Float32Array | Int32Array | Uint8Array;

/** A column whose rows are tensors of one shape. */
export interface NumbersColumn {
  readonly kind: 'numbers';
  readonly data: ColumnNumbers;
  /** Rows first: `[count, ...shape of a row]`. */
  readonly shape: readonly number[];
}

/** A column of texts. */
export interface TextColumn {
  readonly kind: 'text';
  readonly values: readonly string[];
}

/** A column whose rows differ in shape; each is a column of one row. */
export interface RaggedColumn {
  readonly kind: 'ragged';
  readonly rows: readonly NumbersColumn[];
}

/** One property of several examples (pixels, labels, captions, …) as plain data: it may cross threads and machines. */
export type Column = NumbersColumn | TextColumn | RaggedColumn;

/** Columns by name, all of the same number of rows. */
export type Columns = Readonly<Record<string, Column>>;

/** What a dataset says of one of its columns. */
export type ColumnInfo =
  | {
      readonly kind: 'numbers';
      readonly dtype: 'float32' | 'int32' | 'uint8';
      /** Of one row; a word stands for a size that differs from batch to batch. */
      readonly shape: readonly (number | string)[];
    }
  | { readonly kind: 'text' }
  | { readonly kind: 'ragged'; readonly dtype: 'float32' | 'int32' | 'uint8' };

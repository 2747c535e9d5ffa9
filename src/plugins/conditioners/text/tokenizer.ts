/** Texts to token ids, as a text encoder was trained with. */
export interface TextTokenizer {
  /** Ids of a text, without start, end and padding. */
  ids(text: string): readonly number[];
  /** Id in front of a text; none where absent. */
  readonly start?: number;
  /** Id after a text; none where absent. */
  readonly end?: number;
  /** Id that fills what a text leaves. */
  readonly pad: number;
  /** Most tokens of a text, start and end included, as its files say; not said where absent. */
  readonly most?: number;
}

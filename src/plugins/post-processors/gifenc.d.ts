/** The part of gifenc 1.0 that we call; the package has no types. */
declare module 'gifenc' {
  /** Red, green, blue. */
  export type Colour = readonly [number, number, number];

  /** A picture that is being written. */
  export interface GifStream {
    writeFrame(
      index: Uint8Array,
      width: number,
      height: number,
      options: { readonly palette: readonly Colour[]; readonly delay: number; readonly repeat: number },
    ): void;
    finish(): void;
    bytes(): Uint8Array<ArrayBuffer>;
  }

  /** What the package offers. */
  export interface Gifenc {
    GIFEncoder(): GifStream;
    quantize(rgba: Uint8Array, maxColours: number): Colour[];
    applyPalette(rgba: Uint8Array, palette: readonly Colour[]): Uint8Array;
  }

  export const GIFEncoder: Gifenc['GIFEncoder'];
  export const quantize: Gifenc['quantize'];
  export const applyPalette: Gifenc['applyPalette'];
  const gifenc: Gifenc;
  export default gifenc;
}

/** What this package uses of fs-native-extensions, which brings no types. */
declare module 'fs-native-extensions' {
  const extensions: {
    /** Locks a whole open file for its descriptor; false where another descriptor, of any process, has it. */
    tryLock(fd: number): boolean;
  };
  export default extensions;
}

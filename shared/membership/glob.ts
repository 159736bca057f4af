/** Whether `text` fits one of `globs`, where `*` stands for any run of characters. Case counts. */
export function fitsGlob(globs: readonly string[], text: string): boolean {
  return globs.some((glob) => new RegExp(`^${glob.split('*').map(RegExp.escape).join('.*')}$`, 'su').test(text))
}

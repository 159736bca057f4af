import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

const COLOURS: ReadonlyMap<string, Style> = new Map([
  ['Okta', 'blue'],
  ['Q Business', 'magenta'],
])
const WIDEST = 92
const NARROWEST = 40

/** How many columns to write at most: the terminal's, within what reads well. */
export function columns(): number {
  const wide = process.stdout.columns ?? (Number(process.env['COLUMNS']) || 80)
  return Math.max(NARROWEST, Math.min(wide, WIDEST))
}

/** Text broken into lines of so many characters, at spaces; a word that is longer is broken, too. */
export function wrap(text: string, width: number): string[] {
  const lines = ['']
  const words = text.split(/\s+/).flatMap((word) => word.match(new RegExp(`.{1,${width}}`, 'g')) ?? [])
  for (const word of words) {
    const line = lines.at(-1)!
    if (line === '') lines[lines.length - 1] = word
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}

/** Writes text in lines, all indented and styled; the first one begins with `mark`, as it is. */
export function say(text: string, options: { mark?: string; indent?: number; style?: Style } = {}): void {
  const { mark = '', style } = options
  const { indent = mark.length } = options
  for (const [index, line] of wrap(text, columns() - indent).entries()) {
    write(`${(index === 0 ? mark : '').padEnd(indent)}${style ? styleText(style, line) : line}`)
  }
}

/** Writes one line as it is. */
export function write(line = ''): void {
  process.stdout.write(`${line}\n`)
}

/** Writes a line over the whole width. */
export function rule(): void {
  write(styleText('dim', '─'.repeat(columns())))
}

/** Who does something, at the beginning of a line: twelve columns. */
export function actor(name: string): string {
  const colour = COLOURS.get(name)
  return colour ? styleText(colour, name.padEnd(12)) : name.padEnd(12)
}

/** A duration in milliseconds as people read it. */
export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`
}

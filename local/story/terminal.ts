import { styleText } from 'node:util'

const WIDEST = 92
const NARROWEST = 40

/** How many columns to write at most: the terminal's, within what reads well. */
export function columns(): number {
  const wide = process.stdout.columns ?? (Number(process.env['COLUMNS']) || 80)
  return Math.max(NARROWEST, Math.min(wide, WIDEST))
}

/** Text broken into lines of so many characters, at spaces. A word that is longer has a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines = ['']
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const line = lines.at(-1)!
    if (line === '') lines[lines.length - 1] = word
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}

/** Writes text in lines, all indented; the first one begins with `mark`. */
export function say(text: string, { mark = '', indent = mark.length, style = 'reset' as Style } = {}): void {
  const lines = wrap(text, columns() - indent)
  for (const [index, line] of lines.entries()) {
    write(`${(index === 0 ? mark : '').padEnd(indent)}${style === 'reset' ? line : styleText(style, line)}`)
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

/** A duration in milliseconds as people read it. */
export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`
}

type Style = Parameters<typeof styleText>[0]

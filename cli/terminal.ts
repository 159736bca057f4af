import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

/** Writes one line on stdout. */
export function write(line = ''): void {
  process.stdout.write(`${line}\n`)
}

/** Writes one line on stderr. */
export function warn(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** Colours text where stdout is a terminal; NO_COLOR and FORCE_COLOR are respected. */
export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout })
}

/** One line on stderr that is written over, where that is a terminal, while something takes long. */
export function progress(what: string): { tell(done: number, of?: number): void; end(): void } {
  const { stderr } = process
  if (!stderr.isTTY) return { tell() {}, end() {} }
  return {
    tell: (done, of) => void stderr.write(`\r\x1b[K${what}: ${done}${of === undefined ? '' : ` of ${of}`}`),
    end: () => void stderr.write('\r\x1b[K'),
  }
}

/** Text of others without what a terminal would take for a command. */
export function printable(text: string): string {
  return text.replace(/\p{C}/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`)
}

/** A word of a command as a shell takes it. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** `1 person`, `2 people`. */
export function counted(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}

/** `1 person`, `2 people`. */
export function people(count: number): string {
  return counted(count, 'person', 'people')
}

/** A time as people read it, to the minute, in UTC. */
export function time(at: number | string): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** How long it was, in its greatest unit. */
export function duration(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000)
  if (minutes < 1) return 'less than a minute'
  if (minutes < 120) return counted(minutes, 'minute', 'minutes')
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? counted(hours, 'hour', 'hours') : counted(Math.floor(hours / 24), 'day', 'days')
}

/** At most so many of a list, and a line that says how many more there are. */
export function shortened(list: readonly string[], most: number): string[] {
  if (list.length <= most + 1) return [...list]
  return [...list.slice(0, most), `… and ${list.length - most} more (--all shows everybody)`]
}

/** A text in lines that fit behind so many columns of the terminal; 100 columns where it isn't one. */
export function wrapped(text: string, indent: number): string[] {
  const width = Math.max(40, Math.min(process.stdout.columns || 100, 120) - indent)
  const lines: string[] = ['']
  for (const word of text.split(' ')) {
    const last = lines.at(-1)!
    if (last === '') lines[lines.length - 1] = word
    else if (last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** A short time: `20 ms`, `1.5 s`. */
export function seconds(milliseconds: number): string {
  return milliseconds < 1_000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1_000).toFixed(1)} s`
}
